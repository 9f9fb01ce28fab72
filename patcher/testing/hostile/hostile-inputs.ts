import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { mutateBytes } from '../../delta/testing/mutate-bytes.ts';
import { AppError } from '../../errors.ts';
import { parseManifest, serializeManifest } from '../../formats/manifest-format.ts';
import {
  createPackIndex,
  decodeChunk,
  encodeChunk,
  parsePackIndex,
  serializePackIndex,
  verifyPack,
} from '../../formats/pack-format.ts';
import { computeSha256, computeSha256Bytes } from '../../formats/sha256.ts';
import {
  JOURNAL_MAGIC,
  type JournalRecord,
  parseJournal,
  serializeRecord,
} from '../../install/state/journal-format.ts';
import { checkLinkTarget, checkTree, resolveInside } from '../../paths/path-policy.ts';
import { buildManifest } from '../builds/manifest-samples.ts';
import { SeededRandom } from '../random-bytes.ts';

/** A kind of input from outside: makes one from a number, and reads it. */
export type HostileInput = (random: SeededRandom) => () => void;

/** What became of the inputs of one kind. */
export interface HostileReport {
  readonly kind: string;
  readonly attempts: number;
  /** Read without an error: what was changed did not matter, or gave another right input. */
  readonly accepted: number;
  /** How often each code. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly worstMs: number;
  readonly worstMiB: number;
  /** Anything but a typed error, with the number that repeats it. */
  readonly failures: readonly string[];
}

/** Bytes before the body of a manifest. */
const MANIFEST_HEADER_BYTES = 16;

const SAMPLE = serializeManifest(
  buildManifest({
    files: [
      { path: 'bin/game', mode: 0o755, chunkSizes: [70_000, 50_000] },
      { path: 'data/a.pak', mode: 0o644, chunkSizes: Array.from({ length: 40 }, (_, at) => 60_000 + at) },
      { path: 'data/ö.txt', mode: 0o644, chunkSizes: [90] },
      { path: 'empty', mode: 0o600, chunkSizes: [] },
    ],
    links: [{ path: 'run', target: 'bin/game' }],
    directories: ['saves/slots'],
    packCount: 3,
  }),
);
const SAMPLE_BODY = zstdDecompressSync(SAMPLE.subarray(MANIFEST_HEADER_BYTES));

/** The kinds; each input depends on its number alone. */
export const HOSTILE_INPUTS: Readonly<Record<string, HostileInput>> = {
  'manifests, as stored': (random) => {
    const bytes = mutateBytes(SAMPLE, random, SAMPLE_BODY);
    return () => void parseManifest(bytes);
  },
  'manifests, inside their frame': (random) => {
    const body = mutateBytes(SAMPLE_BODY, random, SAMPLE);
    const header = Buffer.from(SAMPLE.subarray(0, MANIFEST_HEADER_BYTES));
    header.writeUInt32LE(random.below(20) === 0 ? random.word() : body.length, 12);
    const bytes = Buffer.concat([header, zstdCompressSync(body)]);
    return () => void parseManifest(bytes);
  },
  chunks: (random) => {
    const raw = random.text(1 + random.below(9000));
    const frame = random.below(4) === 0 ? bomb(random) : mutateBytes(encodeChunk(raw, 1), random, raw);
    const identity = { sizeBytes: raw.length, sha256: computeSha256Bytes(raw) };
    return () => {
      if (!Buffer.from(decodeChunk(frame, identity)).equals(raw))
        throw new Error('wrong bytes were accepted');
    };
  },
  packs: (random) => {
    const raws = Array.from({ length: 1 + random.below(4) }, () => random.text(1 + random.below(3000)));
    const frames = raws.map((raw) => encodeChunk(raw, 1));
    const index = createPackIndex(raws.length);
    let offset = 0;
    raws.forEach((raw, row) => {
      index.sha256.set(computeSha256Bytes(raw), row * 32);
      index.sizeBytes[row] = raw.length;
      index.offset[row] = offset;
      index.packedBytes[row] = (frames[row] as Uint8Array).length;
      offset += (frames[row] as Uint8Array).length;
    });
    const pack = Buffer.concat(frames);
    const mutated = mutateBytes(pack, random, SAMPLE);
    const listed = mutateBytes(serializePackIndex(index), random, pack);
    // Named by what it is, so that the name does not give it away.
    return () => {
      verifyPack(mutated, computeSha256(mutated), parsePackIndex(listed));
    };
  },
  paths: (random) => {
    const text = hostilePath(random);
    return () => {
      for (const module of [path.posix, path.win32]) {
        const root = module === path.posix ? '/games/one' : String.raw`C:\games\one`;
        const back = module.relative(root, resolveInside(root, text, module));
        if (back === '' || back.startsWith('..') || module.isAbsolute(back))
          throw new Error(`${text} leaves the root`);
      }
      checkTree([{ kind: 'file', path: text }]);
    };
  },
  'links and trees': (random) => {
    const entries = Array.from({ length: 1 + random.below(4) }, () => ({
      kind: random.below(2) === 0 ? ('link' as const) : ('file' as const),
      path: hostilePath(random),
      target: hostilePath(random),
    }));
    return () => {
      for (const { kind, path: at, target } of entries) if (kind === 'link') checkLinkTarget(at, target);
      checkTree(entries);
    };
  },
  journals: (random) => {
    const bytes = mutateBytes(random.below(2) === 0 ? random.bytes(300) : JOURNAL, random, JOURNAL);
    return () => void parseJournal(bytes);
  },
};

const JOURNAL = makeJournal();

const ATTEMPTS_A_TURN = 16;

/** Give a kind so many inputs, from a number on. */
export async function attackWith(kind: string, attempts: number, first = 0): Promise<HostileReport> {
  const input = HOSTILE_INPUTS[kind] as HostileInput;
  const refusals: Record<string, number> = {};
  const failures: string[] = [];
  let [accepted, worstMs] = [0, 0];
  for (let number = first; number < first + attempts; number++) {
    const attack = input(new SeededRandom(number));
    const began = performance.now();
    try {
      attack();
      accepted++;
    } catch (error) {
      if (error instanceof AppError) refusals[error.code] = (refusals[error.code] ?? 0) + 1;
      else failures.push(`${kind} ${number}: ${String(error)}`);
    }
    worstMs = Math.max(worstMs, performance.now() - began);
    // Node frees decoders between turns only; no reader of ours takes so many in one.
    if (number % ATTEMPTS_A_TURN === 0) await nextTurn();
  }
  const worstMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  return { kind, attempts, accepted, refusals, worstMs: Math.round(worstMs), worstMiB, failures };
}

/** A small frame that grows to 64 MiB. */
function bomb(random: SeededRandom): Uint8Array {
  BOMB ??= zstdCompressSync(new Uint8Array(64 * 2 ** 20));
  return BOMB.subarray(0, BOMB.length - random.below(3));
}

let BOMB: Uint8Array | undefined;

const AWKWARD = [
  '..',
  '.',
  '',
  'NUL',
  'con.txt',
  'COM¹',
  'LPT9',
  'aux',
  '.gantry',
  '.GANTRY',
  ' x',
  'x ',
  'x.',
  'a:b',
  'C:',

  String.raw`a\b`,
  String.raw`..\..`,
  '\0',
  '\u0001',
  '\u202e',
  '\ud800',
  'é',
  'e\u0301',
  'ß',
  'ẞ',
  'ﬁ',
  'K',

  '%2e%2e',
  '~',
  '*',
  '?',
  '"',
  '<',
  '|',
  'CLOCK$',
  'CONIN$',
  'x'.repeat(130),
  '日'.repeat(90),
  '🎁'.repeat(70),

  'ordinary',
  'data',
  'file.pak',
];

function hostilePath(random: SeededRandom): string {
  const segments = Array.from({ length: 1 + random.below(5) }, () => {
    if (random.below(3) > 0) return AWKWARD[random.below(AWKWARD.length)] as string;
    return String.fromCharCode(...Array.from({ length: random.below(6) }, () => random.below(0x3000)));
  });
  return (random.below(8) === 0 ? '/' : '') + segments.join(random.below(10) === 0 ? '\\' : '/');
}

function makeJournal(): Uint8Array {
  const build = { buildId: 7, version: '1.7', manifestSha256: 'ab'.repeat(32) };
  const records: JournalRecord[] = [
    { type: 'begin', begin: { job: 'build', build } },
    { type: 'state', state: 'downloading' },
    { type: 'extent', entry: 3, offset: 65_536, sizeBytes: 8192 },
    { type: 'staged', entry: 3, file: { sizeBytes: 73_728, modifiedMs: 1_800_000_000_000 } },
    { type: 'dropped', entry: 2 },
    { type: 'state', state: 'committing' },
  ];
  return Buffer.concat([JOURNAL_MAGIC, ...records.map(serializeRecord)]);
}
