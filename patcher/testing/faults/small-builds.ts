import { SeededRandom } from '../random-bytes.ts';
import type { FakeNode } from '../trees/tree-builder.ts';

/** Of several chunks, of which the first changes. */
const MUSIC_BYTES = 30_000;

/** Two builds with every kind of change in few files, so that an update makes few calls. */
export function makeSmallBuilds(): [Map<string, FakeNode>, Map<string, FakeNode>] {
  const file = (text: string, mode = 0o644): FakeNode => ({ kind: 'file', bytes: Buffer.from(text), mode });
  const old = new Map<string, FakeNode>([
    ['game', file('program 1 '.repeat(4000), 0o755)],
    ['same', file('same')],
    ['gone/file', file('gone')],
    ['becomes-folder', file('file')],
    ['becomes-file/inner', file('inner')],
    ['link', { kind: 'link', target: 'game' }],
    ['moved', file('moved '.repeat(1000))],
    ['mode', file('mode')],
    ['music', music('la')],
  ]);
  const next = new Map<string, FakeNode>([
    ['game', file('program 2 '.repeat(4000), 0o755)],
    ['same', file('same')],
    ['becomes-folder/inner', file('inner 2')],
    ['becomes-file', file('now a file')],
    ['link', { kind: 'link', target: 'same' }],
    ['elsewhere/moved', file('moved '.repeat(1000))],
    ['mode', file('mode', 0o755)],
    ['music', music('da')],
    ['locked/inner', file('inner', 0o444)],
    ['locked', { kind: 'directory', mode: 0o555 }],
  ]);
  return [old, next];
}

function music(first: string): FakeNode {
  const bytes = Buffer.from(new SeededRandom(7).bytes(MUSIC_BYTES));
  bytes.write(first);
  return { kind: 'file', bytes, mode: 0o644 };
}
