import { SeededRandom } from '../../testing/random-bytes.ts';
import type { FakeBuild, FakeNode } from '../../testing/tree-builder.ts';

const text = (content: string, mode = 0o644): FakeNode => ({
  kind: 'file',
  bytes: Buffer.from(content),
  mode,
});
const code = Buffer.from(new SeededRandom(1).bytes(400));
const newCode = Buffer.concat([code.subarray(0, 200), Buffer.from('inserted'), code.subarray(200)]);
newCode[300] = (newCode[300] as number) + 1;

/** The old build of the golden patch, `patcher/formats/testdata/patch-v1.bin`. */
export const GOLDEN_OLD: FakeBuild = new Map<string, FakeNode>([
  ['bin/game', { kind: 'file', bytes: code, mode: 0o755 }],
  ['data/level.txt', text('one level, kept as it is')],
  ['gone.txt', text('this file goes')],
]);

/** Its new build: a file edited, one moved, an empty one, a new one twice, a link and an empty folder. */
export const GOLDEN_NEW: FakeBuild = new Map<string, FakeNode>([
  ['bin/game', { kind: 'file', bytes: newCode, mode: 0o755 }],
  ['data/copy.txt', text('a new file')],
  ['data/empty', text('')],
  ['data/moved.txt', text('one level, kept as it is', 0o600)],
  ['data/new.txt', text('a new file')],
  ['run', { kind: 'link', target: 'bin/game' }],
  ['saves', { kind: 'directory', mode: 0o755 }],
]);
