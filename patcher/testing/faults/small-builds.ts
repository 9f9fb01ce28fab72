import type { FakeNode } from '../trees/tree-builder.ts';

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
  ]);
  const next = new Map<string, FakeNode>([
    ['game', file('program 2 '.repeat(4000), 0o755)],
    ['same', file('same')],
    ['becomes-folder/inner', file('inner 2')],
    ['becomes-file', file('now a file')],
    ['link', { kind: 'link', target: 'same' }],
    ['elsewhere/moved', file('moved '.repeat(1000))],
    ['mode', file('mode', 0o755)],
    ['locked/inner', file('inner', 0o444)],
    ['locked', { kind: 'directory', mode: 0o555 }],
  ]);
  return [old, next];
}
