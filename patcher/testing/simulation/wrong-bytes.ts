import { PREAMBLE_BYTES } from '../../formats/framed-header.ts';
import type { Manifest } from '../../formats/manifest.ts';
import { parsePatchHeader, parsePreamble } from '../../formats/patch-header-parser.ts';
import { parseSegmentBody } from '../../formats/segment-body.ts';
import { SeededRandom } from '../random-bytes.ts';
import type { FakeNode } from '../trees/tree-builder.ts';
import { findFramePlaces } from '../builds/zstd-places.ts';

/** Bytes of an object in which one bit may be flipped, by what they mean. */
export interface WrongPlace {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** A frame of blocks that are one byte repeated 128 KiB: each 4 bytes of it grow to that. */
const BOMB_BLOCK = [0x02, 0x00, 0x10, 0x41] as const;

/** Two builds whose chunks have blocks of every kind, and whose patch has streams of every kind. */
export function makeVariedBuilds(): [Map<string, FakeNode>, Map<string, FakeNode>] {
  const random = new SeededRandom(5);
  const file = (bytes: Uint8Array): FakeNode => ({ kind: 'file', bytes, mode: 0o644 });
  const text = random.text(30_000);
  const noise = random.bytes(9000);
  const edited = Buffer.from(text);
  for (let at = 50; at < edited.length; at += 997) edited[at] = (edited[at] as number) ^ 3;
  const old = new Map([
    ['game', file(text)],
    ['noise', file(noise)],
    ['zeros', file(new Uint8Array(20_000))],
  ]);
  const next = new Map([
    ['game', file(Buffer.concat([edited.subarray(0, 9000), random.text(4000), edited.subarray(9000)]))],
    ['noise', file(Buffer.concat([noise.subarray(0, 4000), random.bytes(900), noise.subarray(4000)]))],
    ['zeros', file(new Uint8Array(20_000))],
  ]);
  return [old, next];
}

/** Where in a pack a bit may be wrong. */
export function placesOfPack(pack: Uint8Array, { chunks }: Manifest, number: number): WrongPlace[] {
  const places: WrongPlace[] = [
    { name: 'first byte of a pack', start: 0, end: 1 },
    { name: 'last byte of a pack', start: pack.length - 1, end: pack.length },
  ];
  for (const { start, end } of framesOf({ chunks }, number)) {
    for (const place of findFramePlaces(pack.subarray(start, end)))
      places.push({ name: `chunk: ${place.name}`, start: start + place.start, end: start + place.end });
  }
  return places;
}

/** Where in a patch a bit may be wrong. */
export function placesOfPatch(patch: Uint8Array): WrongPlace[] {
  const preamble = parsePreamble(patch);
  const bodiesAt = PREAMBLE_BYTES + preamble.headerPackedBytes;
  const places: WrongPlace[] = [
    { name: 'patch: preamble', start: 0, end: PREAMBLE_BYTES },
    { name: 'patch: header', start: PREAMBLE_BYTES, end: bodiesAt },
  ];
  const { segments } = parsePatchHeader(preamble, patch.subarray(PREAMBLE_BYTES, bodiesAt));
  for (const { offset, packedBytes } of segments) {
    const body = parseSegmentBody(patch.subarray(offset, offset + packedBytes));
    if (body === undefined) throw new Error('a right patch has bodies that can be read');
    const end = offset + packedBytes;
    const extraAt = end - body.extra.length;
    const differencesAt = extraAt - body.differences.length;
    const rowsAt = differencesAt - body.rows.length;
    places.push(
      { name: 'patch: head of a segment', start: offset, end: rowsAt },
      { name: 'patch: rows', start: rowsAt, end: differencesAt },
      { name: 'patch: differences', start: differencesAt, end: extraAt },
      { name: 'patch: extra bytes', start: extraAt, end },
    );
  }
  return places.filter(({ start, end }) => end > start);
}

/** Everything else that may be wrong with a pack, each at some chunk of it. */
export function harmsOfPack(
  pack: Uint8Array,
  manifest: Pick<Manifest, 'chunks'>,
  number: number,
): Record<string, (random: SeededRandom) => Uint8Array> {
  const frames = framesOf(manifest, number);
  const pick = (random: SeededRandom) =>
    frames[random.below(frames.length)] as { start: number; end: number };
  const putting = (start: number, bytes: Uint8Array): Uint8Array => {
    const wrong = Uint8Array.from(pack);
    wrong.set(bytes, start);
    return wrong;
  };
  return {
    'chunk: frame cut short': (random) => {
      const { start, end } = pick(random);
      const cut = start + random.below(end - start);
      return putting(cut, new Uint8Array(end - cut));
    },
    'chunk: frame that grows without end': (random) => {
      const { start, end } = pick(random);
      return putting(start, makeBomb(end - start));
    },
    'chunk: frame of another chunk': (random) => {
      const [one, other] = [pick(random), pick(random)];
      const bytes = pack.subarray(other.start, Math.min(other.end, other.start + one.end - one.start));
      return putting(one.start, bytes);
    },
    'pack cut short': (random) =>
      pack.slice(0, pack.length - 1 - random.below(Math.min(pack.length - 1, 5000))),
    'pack with more behind it': () => Buffer.concat([pack, pack.subarray(0, 100)]),
  };
}

/** Of a pack, in their order. */
function framesOf({ chunks }: Pick<Manifest, 'chunks'>, pack: number): { start: number; end: number }[] {
  return Array.from({ length: chunks.count }, (_, row) => row)
    .filter((row) => chunks.pack[row] === pack)
    .map((row) => {
      const start = chunks.offset[row] as number;
      return { start, end: start + (chunks.packedBytes[row] as number) };
    });
}

/** A frame of so many bytes that says nothing of its size. */
function makeBomb(sizeBytes: number): Uint8Array {
  const head = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58];
  return Uint8Array.from(
    { length: sizeBytes },
    (_, at) => head[at] ?? (BOMB_BLOCK[(at - head.length) % 4] as number),
  );
}

export function flipOneBit(bytes: Uint8Array, { start, end }: WrongPlace, random: SeededRandom): Uint8Array {
  const wrong = Uint8Array.from(bytes);
  const at = start + random.below(end - start);
  wrong[at] = (wrong[at] as number) ^ (1 << random.below(8));
  return wrong;
}
