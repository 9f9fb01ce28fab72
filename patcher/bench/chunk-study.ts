// What other chunk sizes, pack sizes and rules for requests would cost: `npm run bench -- --chunks` starts it.
//   chunk-study.ts LEVEL OLDEST … NEWEST     a JSON document about the versions of one game
import { computeMeanChunk } from './mean-chunk.ts';
import { studyChain } from './study-chain.ts';
import { ways } from './ways.ts';

const [level = '', ...roots] = process.argv.slice(2);
const meanChunkBytes = Object.fromEntries(ways.map(({ id, chunking }) => [id, computeMeanChunk(chunking)]));
const costs = await studyChain(roots, ways, Number(level));
console.log(JSON.stringify({ level: Number(level), meanChunkBytes, costs }));
