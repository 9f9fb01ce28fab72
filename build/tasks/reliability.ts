// What becomes of installs under every fault that can be brought about here, as tables.
//   npm run reliability -- --only kill,power --size full --docs
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fillBlocks } from '../bench/report/write-report.ts';
import { type Amount, faultClasses } from '../reliability/fault-classes.ts';
import { projectFolder, readResults, runClass } from '../reliability/run-classes.ts';
import { renderTables } from '../reliability/tables.ts';

const ids = faultClasses.map(({ id }) => id);
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    fault: { type: 'string', default: '' },
    size: { type: 'string', default: 'quick' },
    seeds: { type: 'string' },
    every: { type: 'string' },
    'at-once': { type: 'string', default: String(availableParallelism()) },
    docs: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const USAGE = `npm run reliability -- [options]

  --only a,b     these classes only: ${ids.join(', ')}; or none, to write what is kept
  --fault TEXT   and of these the faults whose name has this in it
  --size full    every call, every seed, 100,000 hostile inputs of each kind: hours (default: quick, minutes)
  --seeds N      so many lives of the simulation, whatever the size
  --every N      every so manieth call for kills, power cuts and failing calls, whatever the size
  --at-once N    processes at once (default: one a core)
  --docs         also write the tables into docs/reliability.md

Results are kept in .cache/reliability, so that classes can be run one by one.
Ends with 1 when anything broke.`;

if (values.help) console.log(USAGE);
else {
  process.exitCode = await main({
    size: values.size === 'full' ? 'full' : 'quick',
    seeds: toCount(values.seeds),
    every: toCount(values.every),
    atOnce: toCount(values['at-once']) ?? 1,
  });
}

function toCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`${text} is no number of anything`);
  return Number(text);
}

async function main(amount: Amount): Promise<number> {
  const file = join(projectFolder, '.cache', 'reliability', 'results.json');
  const results = await readResults(file);
  const wanted = values.only?.split(',') ?? ids;
  for (const faultClass of faultClasses) {
    if (!wanted.includes(faultClass.id)) continue;
    await runClass(faultClass, results, {
      amount,
      file,
      named: values.fault,
      log: (line) => console.error(line),
    });
  }
  const tables = renderTables(results);
  for (const name of ['run', 'faults', 'hostile', 'wrong', 'missing', 'failures'])
    console.log(`${tables[name]}\n`);
  if (values.docs) {
    const page = join(projectFolder, 'docs', 'reliability.md');
    await writeFile(page, fillBlocks(await readFile(page, 'utf8'), tables, 'reliability'));
  }
  return tables['failures'] === 'None.' ? 0 : 1;
}
