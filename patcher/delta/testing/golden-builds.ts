import { buildZip } from '../../containers/testing/container-samples.ts';
import { linkFakeElf } from '../../executables/testing/fake-elf.ts';
import { SeededRandom } from '../../testing/random-bytes.ts';
import type { FakeBuild, FakeNode } from '../../testing/trees/tree-builder.ts';
import { insertFunctions } from './random-files.ts';

// What these builders give must never change: the golden patches lead from the one build to the other.

const FUNCTIONS = 700;

const text = (content: string, mode = 0o644): FakeNode => file(Buffer.from(content), mode);

function file(bytes: Uint8Array, mode = 0o644): FakeNode {
  return { kind: 'file', bytes, mode };
}

/** A program, and the same with a function inserted: every call over that place and all pointers behind it change. */
function linkPrograms(): { readonly old: Uint8Array; readonly next: Uint8Array } {
  const random = new SeededRandom(1);
  const functions = Array.from({ length: FUNCTIONS }, () => ({
    fillBytes: random.below(12),
    calls: random.below(FUNCTIONS),
    loads: random.below(FUNCTIONS),
  }));
  return {
    old: linkFakeElf(functions).bytes,
    next: linkFakeElf(insertFunctions(functions, { at: 300, count: 1, seed: 2 })).bytes,
  };
}

/** A table of numbers, and the same with a few that changed and a row inserted. */
function writeTables(): { readonly old: Uint8Array; readonly next: Uint8Array } {
  const old = Buffer.alloc(4000);
  for (let at = 0; at < old.length; at += 8) {
    old.writeUInt32LE(at * 3, at);
    old.writeFloatLE(at / 7, at + 4);
  }
  const changed = Buffer.from(old);
  for (let at = 400; at < 3000; at += 160) changed.writeUInt32LE(changed.readUInt32LE(at) + 5, at);
  const next = Buffer.concat([changed.subarray(0, 2000), Buffer.from('inserted'), changed.subarray(2000)]);
  return { old, next };
}

/** A zip of which one member grows. */
function packZips(): { readonly old: Uint8Array; readonly next: Uint8Array } {
  const random = new SeededRandom(3);
  const level = random.text(3000);
  const grown = Buffer.concat([level.subarray(0, 1200), Buffer.from('a new room'), level.subarray(1200)]);
  const pack = (content: Uint8Array): Uint8Array =>
    buildZip([
      { name: 'level', content, level: 6 },
      { name: 'sound', content: new SeededRandom(4).bytes(500) },
    ]);
  return { old: pack(level), next: pack(grown) };
}

const programs = linkPrograms();
const tables = writeTables();
const zips = packZips();

/** The old build of the golden patches, `patcher/formats/testdata/patch-v2.bin` and `patch-v2-max.bin`. */
export const GOLDEN_OLD: FakeBuild = new Map<string, FakeNode>([
  ['bin/game', file(programs.old, 0o755)],
  ['data/level.txt', text('one level, kept as it is')],
  ['data/pack.zip', file(zips.old)],
  ['data/table', file(tables.old)],
  ['gone.txt', text('this file goes')],
]);

/** Its new build: files edited, one moved, an empty one, a new one twice, a link and an empty folder. */
export const GOLDEN_NEW: FakeBuild = new Map<string, FakeNode>([
  ['bin/game', file(programs.next, 0o755)],
  ['data/copy.txt', text('a new file: a new line, a new line, a new line, and one more')],
  ['data/empty', text('')],
  ['data/moved.txt', text('one level, kept as it is', 0o600)],
  ['data/new.txt', text('a new file: a new line, a new line, a new line, and one more')],
  ['data/pack.zip', file(zips.next)],
  ['data/script.txt', file(new SeededRandom(5).text(3000))],
  ['data/table', file(tables.next)],
  ['run', { kind: 'link', target: 'bin/game' }],
  ['saves', { kind: 'directory', mode: 0o755 }],
]);
