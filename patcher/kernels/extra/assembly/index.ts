import { decodeGaps } from './decoder';
import { beginEncoding, encodeGaps, MODELS_COPY_BYTES, storeGaps, SYMBOLS_BYTES, WORDS_BYTES } from './encoder';
import { CHUNK_BYTES, MARGIN_BYTES, TABLES_END } from './layout';
import { finderBytes } from './match-finder';
import { newestFinderBytes } from './newest-finder';
import { parserBytes } from './best-parser';

/**
 * The kernel of extra bytes. The caller plans a run, grows the memory to `endAddress`, sets the new bytes, the
 * gaps and, to decode, the coded bytes down at their addresses, and starts it.
 */
/** What may be read behind the new bytes. */
const BEHIND_BYTES: usize = 64;

let newLength: u32 = 0;
let gapTotal: u32 = 0;
let codedLength: u32 = 0;
let extraTotal: u32 = 0;
let planned: usize = 0;
let finder: usize = 0;
let parser: usize = 0;
let symbols: usize = 0;
let modelsCopy: usize = 0;

let newPlace: usize = 0;
let gapsPlace: usize = 0;
let codedPlace: usize = 0;

export function newAddress(): usize {
  return newPlace;
}
export function gapsAddress(): usize {
  return gapsPlace;
}
export function codedAddress(): usize {
  return codedPlace;
}
export function endAddress(): usize {
  return planned;
}

function take(bytes: usize): usize {
  const at = planned;
  planned = (planned + bytes + 15) & ~15;
  return at;
}

/**
 * @param start First address of the run's buffers, behind whatever else uses the memory; the models' tables lie below 2 MiB.
 * @param codedBytes To decode: how many there are. To encode: the most there may be.
 */
export function plan(
  start: usize,
  newBytes: u32,
  gapCount: u32,
  codedBytes: u32,
  extraBytes: u32,
  encoding: bool,
): void {
  newLength = newBytes;
  gapTotal = gapCount;
  codedLength = codedBytes;
  extraTotal = extraBytes;
  planned = max<usize>(start, TABLES_END);
  gapsPlace = take(<usize>gapCount * 8);
  codedPlace = take(<usize>codedBytes + 16);
  take(MARGIN_BYTES);
  newPlace = take(<usize>newBytes + BEHIND_BYTES);
  if (!encoding) return;
  finder = take(max<usize>(finderBytes(), newestFinderBytes()));
  parser = take(parserBytes());
  symbols = take(SYMBOLS_BYTES + WORDS_BYTES + <usize>CHUNK_BYTES + 64);
  modelsCopy = take(MODELS_COPY_BYTES);
}

/** The memory may hold another run's bytes, and what is coded must depend on nothing but this run's. */
function clearMargins(): void {
  memory.fill(newPlace - MARGIN_BYTES, 0, MARGIN_BYTES);
  memory.fill(newPlace + <usize>newLength, 0, BEHIND_BYTES);
}

export function decode(): bool {
  clearMargins();
  return decodeGaps(newPlace, gapsPlace, gapTotal, extraTotal, codedPlace, codedLength);
}

/**
 * Decode where everything lies already, without a plan: in a memory that others use, too.
 * @param coded With 16 bytes behind that may be read. `newAt` has `MARGIN_BYTES` before it and `BEHIND_BYTES` behind that are
 * overwritten.
 */
export function decodeAt(
  newAt: usize,
  newBytes: u32,
  gaps: usize,
  gapCount: u32,
  coded: usize,
  codedBytes: u32,
  extraBytes: u32,
): bool {
  newPlace = newAt;
  newLength = newBytes;
  clearMargins();
  return decodeGaps(newAt, gaps, gapCount, extraBytes, coded, codedBytes);
}

/** @returns How many coded bytes there are. */
export function encode(level: u32): u32 {
  clearMargins();
  beginEncoding(
    newPlace,
    gapsPlace,
    gapTotal,
    finder,
    parser,
    symbols,
    modelsCopy,
    level,
    newLength - extraTotal,
    extraTotal,
  );
  const length = encodeGaps(codedPlace, codedPlace + <usize>codedLength, extraTotal);
  return length > 0 ? length : storeGaps(codedPlace, extraTotal);
}
