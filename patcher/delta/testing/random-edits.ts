import fc from 'fast-check';
import { SeededRandom } from '../../testing/random-bytes.ts';
import type { FakeNode } from '../../testing/trees/tree-builder.ts';
import {
  arbitraryContent,
  buildContent,
  insertFunctions,
  type RandomContent,
  type RandomFile,
} from './random-files.ts';

const EDITS = [
  'rebuild',
  'insert',
  'remove',
  'replace',
  'reorder',
  'repeat',
  'shift',
  'truncate',
  'rename',
  'duplicate',
  'merge',
  'split',
  'delete',
  'add',
  'mode',
] as const;

/** One change between two builds. Numbers from 0 to 1 say where and how much; a seed says which bytes. */
interface Edit {
  readonly kind: (typeof EDITS)[number];
  readonly file: number;
  readonly at: number;
  readonly amount: number;
  readonly seed: number;
}

/** Two builds, as `writeFakeBuild` takes them. */
export interface RandomBuilds {
  readonly old: Map<string, FakeNode>;
  readonly next: Map<string, FakeNode>;
}

/** Any build and what some edits make of it; shrinks to fewer files, edits and bytes. */
export function arbitraryBuilds(limits: {
  readonly files: number;
  readonly edits: number;
  readonly fileBytes: number;
}): fc.Arbitrary<RandomBuilds> {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const edit = fc.record<Edit>({
    kind: fc.constantFrom(...EDITS),
    file: share,
    at: share,
    amount: share,
    seed: fc.integer(),
  });
  const contents = fc.array(arbitraryContent(limits.fileBytes), { maxLength: limits.files });
  return fc.tuple(contents, fc.array(edit, { maxLength: limits.edits })).map(([made, edits]) => {
    const old = made.map(
      (content, row): RandomFile => ({ path: `folder-${row % 3}/file-${row}`, mode: 0o644, content }),
    );
    const next = edits.reduce(applyEdit, old);
    return { old: toBuild(old), next: toBuild(next) };
  });
}

/** One file is in every build: an empty one cannot be scanned. */
const KEPT: RandomFile = { path: 'kept.txt', mode: 0o644, content: toBytes(Buffer.from('kept')) };

function toBuild(files: readonly RandomFile[]): Map<string, FakeNode> {
  return new Map(
    [KEPT, ...files].map(({ path, mode, content }) => [
      path,
      { kind: 'file', bytes: buildContent(content), mode },
    ]),
  );
}

function applyEdit(files: readonly RandomFile[], edit: Edit, row: number): readonly RandomFile[] {
  const { kind, seed, amount } = edit;
  const fresh = (content: RandomContent, mode = 0o644): RandomFile => ({
    path: `edit-${row}/${kind}-${files.length}`,
    mode,
    content,
  });
  if (kind === 'add') {
    return [...files, fresh(toBytes(new SeededRandom(seed).text(Math.round(amount * 5000))))];
  }
  const index = Math.min(files.length - 1, Math.floor(edit.file * files.length));
  const file = files[index];
  if (file === undefined) return files;
  const others = files.filter((other) => other !== file);
  const bytes = buildContent(file.content);
  const cut = Math.floor(edit.at * bytes.length);
  switch (kind) {
    case 'delete':
      return others;
    case 'mode':
      return [...others, { ...file, mode: file.mode ^ 0o100 }];
    case 'rename':
      return [...others, fresh(file.content, file.mode)];
    case 'duplicate':
      return [...files, fresh(file.content, file.mode)];
    case 'merge':
      return [
        ...others.slice(1),
        fresh(
          toBytes(Buffer.concat([bytes, ...others.slice(0, 1).map((other) => buildContent(other.content))])),
        ),
      ];
    case 'split':
      return [
        ...others,
        { ...file, content: toBytes(bytes.subarray(0, cut)) },
        fresh(toBytes(bytes.subarray(cut))),
      ];
    default:
      return [...others, { ...file, content: changeContent(file.content, bytes, edit) }];
  }
}

function changeContent(content: RandomContent, bytes: Uint8Array, edit: Edit): RandomContent {
  if (edit.kind !== 'rebuild') return toBytes(changeBytes(bytes, edit));
  if (content.kind === 'program') {
    const at = Math.floor(edit.at * content.functions.length);
    const count = 1 + Math.floor(edit.amount * 5);
    return { ...content, functions: insertFunctions(content.functions, { at, count, seed: edit.seed }) };
  }
  if (content.kind === 'container') {
    const changed = Math.min(content.members.length - 1, Math.floor(edit.at * content.members.length));
    const members = content.members.map((member, row) =>
      row === changed ? changeBytes(member, { ...edit, kind: 'insert' }) : member,
    );
    return { ...content, members };
  }
  return toBytes(changeBytes(bytes, { ...edit, kind: 'insert' }));
}

function changeBytes(bytes: Uint8Array, { kind, at, amount, seed }: Edit): Uint8Array {
  const random = new SeededRandom(seed);
  const cut = Math.floor(at * bytes.length);
  const length = Math.floor(amount * Math.min(bytes.length - cut, 6000));
  const [before, middle, after] = [
    bytes.subarray(0, cut),
    bytes.subarray(cut, cut + length),
    bytes.subarray(cut + length),
  ];
  switch (kind) {
    case 'insert':
      return Buffer.concat([before, random.text(1 + Math.floor(amount * 3000)), bytes.subarray(cut)]);
    case 'remove':
      return Buffer.concat([before, after]);
    case 'replace':
      return Buffer.concat([before, random.bytes(length), after]);
    case 'reorder':
      return Buffer.concat([after, random.bytes(seed & 15), middle, before]);
    case 'repeat':
      return Buffer.concat([before, middle, middle, middle, after]);
    case 'truncate':
      return before;
    default:
      return shiftWords(bytes, random);
  }
}

/** Add a constant to a word here and there, as a linker does. */
function shiftWords(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const shifted = Buffer.from(bytes);
  const shift = random.below(1000);
  for (let at = random.below(50); at + 4 <= shifted.length; at += 8 + random.below(60)) {
    shifted.writeUInt32LE((shifted.readUInt32LE(at) + shift) >>> 0, at);
  }
  return shifted;
}

function toBytes(bytes: Uint8Array): RandomContent {
  return { kind: 'bytes', bytes };
}
