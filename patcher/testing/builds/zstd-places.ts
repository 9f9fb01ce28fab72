/** A part of a frame: bytes from `start` up to and without `end`. */
export interface FramePlace {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const MAGIC_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;

/**
 * The parts of a right zstd frame, in order: magic number, frame header, and of each block its header and what it holds.
 * @see RFC 8878, sections 3.1.1.1 (frame header), 3.1.1.2 (blocks) and 3.1.1.3 (literals and sequences)
 */
export function findFramePlaces(frame: Uint8Array): FramePlace[] {
  const headerEnd = MAGIC_BYTES + frameHeaderBytes(frame[MAGIC_BYTES] as number);
  const places: FramePlace[] = [
    { name: 'magic number', start: 0, end: MAGIC_BYTES },
    { name: 'frame header', start: MAGIC_BYTES, end: headerEnd },
  ];
  for (let at = headerEnd; at < frame.length; ) {
    const header = readLittle(frame, at, BLOCK_HEADER_BYTES);
    const start = at + BLOCK_HEADER_BYTES;
    const kind = (header >> 1) & 3;
    const end = start + (kind === 1 ? 1 : header >> 3);
    places.push({ name: 'block header', start: at, end: start });
    if (kind === 2) places.push(...findBlockPlaces(frame, start, end));
    else places.push({ name: kind === 1 ? 'repeated byte' : 'stored bytes', start, end });
    at = (header & 1) === 1 ? frame.length : end;
  }
  places.push({ name: 'last byte', start: frame.length - 1, end: frame.length });
  return places.filter(({ start, end }) => end > start);
}

function frameHeaderBytes(descriptor: number): number {
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? Number(isSingle) : 2 ** sizeFlag;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number;
  return 1 + Number(!isSingle) + dictionaryBytes + sizeBytes;
}

function findBlockPlaces(frame: Uint8Array, start: number, end: number): FramePlace[] {
  const first = frame[start] as number;
  const isCompressed = (first & 3) > 1;
  const format = (first >> 2) & 3;
  const [headerBytes, literalBytes] = isCompressed
    ? compressedLiterals(frame, start, format)
    : plainLiterals(frame, start, format);
  const literalsAt = start + headerBytes;
  const sequencesAt = literalsAt + literalBytes;
  return [
    { name: 'header of literals', start, end: literalsAt },
    { name: 'literals', start: literalsAt, end: sequencesAt },
    { name: 'sequences', start: sequencesAt, end },
  ];
}

/** @returns Length of the header, and of what follows it. */
function plainLiterals(frame: Uint8Array, at: number, format: number): [number, number] {
  const bytes = format === 1 ? 2 : format === 3 ? 3 : 1;
  const sizeBytes = readLittle(frame, at, bytes) >> (bytes === 1 ? 3 : 4);
  return [bytes, ((frame[at] as number) & 3) === 1 ? 1 : sizeBytes];
}

function compressedLiterals(frame: Uint8Array, at: number, format: number): [number, number] {
  const bytes = [3, 3, 4, 5][format] as number;
  const bits = [10, 10, 14, 18][format] as number;
  return [bytes, Math.floor(readLittle(frame, at, bytes) / 2 ** (4 + bits)) % 2 ** bits];
}

function readLittle(frame: Uint8Array, at: number, bytes: number): number {
  let number = 0;
  for (let byte = bytes - 1; byte >= 0; byte--) number = number * 256 + (frame[at + byte] as number);
  return number;
}
