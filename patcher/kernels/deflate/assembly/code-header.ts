/**
 * Codes whether a block's header is the one zlib would write, and if not, which it is: first its code lengths
 * against zlib's, then its runs against those zlib would choose for these lengths.
 */
import { expandRuns } from './block-reader';
import { CODE_LENGTH_FLAGS, CODE_LENGTH_TREES, codeFlag, codePlain, codeTree, HEADER_TREES, isDecoding } from './corrections';
import {
  appendRun,
  composeHeader,
  DISTANCE_COUNT,
  LENGTH_COUNT,
  LENGTH_LENGTHS,
  LENGTH_SYMBOLS,
  LITERAL_COUNT,
  RUN_COUNT,
  runExtraBits,
  runLength,
  RUNS,
} from './header';
import { DISTANCE_SYMBOLS, LITERAL_SYMBOLS } from './symbols';

/**
 * @param actual The header and its lengths: read when describing, written when rebuilding.
 * @returns False when the corrections make no sense.
 */
export function codeHeader(actual: usize, lengths: usize, predicted: usize, predictedLengths: usize): bool {
  if (codeFlag(CODE_LENGTH_FLAGS, <u32>equalHeaders(actual, predicted))) {
    copyHeader(actual, predicted);
    memory.copy(lengths, predictedLengths, 320);
    return true;
  }
  const literals = codePlain(5, load<u32>(actual, LITERAL_COUNT) - 257) + 257;
  const distances = codePlain(5, load<u32>(actual, DISTANCE_COUNT) - 1) + 1;
  if (literals > LITERAL_SYMBOLS || distances > DISTANCE_SYMBOLS) return false;
  if (isDecoding()) memory.fill(lengths, 0, 320);
  codeLengths(lengths, predictedLengths, literals);
  codeLengths(lengths + 288, predictedLengths + 288, distances);
  composeHeader(predicted, lengths, literals, lengths + 288, distances);
  if (codeFlag(CODE_LENGTH_FLAGS + 1, <u32>equalHeaders(actual, predicted))) {
    copyHeader(actual, predicted);
    return true;
  }
  return codeRuns(actual, literals, distances) && expandRuns(actual, lengths);
}

function codeLengths(lengths: usize, predicted: usize, symbols: u32): void {
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const expected = <u32>load<u8>(predicted + symbol);
    const length = <u32>load<u8>(lengths + symbol);
    if (codeFlag(CODE_LENGTH_FLAGS + 2 + min<u32>(expected, 12), <u32>(length === expected))) {
      store<u8>(lengths + symbol, expected);
    } else {
      store<u8>(lengths + symbol, codeTree(CODE_LENGTH_TREES + (expected << 4), 4, length));
    }
  }
}

function codeRuns(actual: usize, literals: u32, distances: u32): bool {
  const count = codePlain(4, load<u32>(actual, LENGTH_COUNT) - 4) + 4;
  if (count > LENGTH_SYMBOLS) return false;
  const runs = load<u32>(actual, RUN_COUNT);
  if (isDecoding()) {
    store<u32>(actual, literals, LITERAL_COUNT);
    store<u32>(actual, distances, DISTANCE_COUNT);
    store<u32>(actual, count, LENGTH_COUNT);
    store<u32>(actual, 0, RUN_COUNT);
  }
  for (let symbol: u32 = 0; symbol < LENGTH_SYMBOLS; symbol++) {
    const at = actual + LENGTH_LENGTHS + symbol;
    store<u8>(at, codeTree(HEADER_TREES, 3, load<u8>(at)));
  }
  let covered: u32 = 0;
  for (let i: u32 = 0; covered < literals + distances; i++) {
    const run: u32 = i < runs ? load<u16>(actual + RUNS + (<usize>i << 1)) : 0;
    const symbol = codeTree(HEADER_TREES + 32, 5, run & 0xff);
    if (symbol >= LENGTH_SYMBOLS) return false;
    const extra = codePlain(runExtraBits(symbol), run >> 8);
    if (isDecoding()) appendRun(actual, symbol, extra);
    covered += runLength(symbol | (extra << 8));
  }
  return true;
}

function equalHeaders(a: usize, b: usize): bool {
  const runs = load<u32>(a, RUN_COUNT);
  if (memory.compare(a, b, LENGTH_LENGTHS) !== 0) return false;
  if (memory.compare(a + LENGTH_LENGTHS, b + LENGTH_LENGTHS, LENGTH_SYMBOLS) !== 0) return false;
  return memory.compare(a + RUNS, b + RUNS, <usize>runs << 1) === 0;
}

function copyHeader(to: usize, from: usize): void {
  memory.copy(to, from, RUNS + (<usize>load<u32>(from, RUN_COUNT) << 1));
}
