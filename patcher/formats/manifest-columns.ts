import type { Chunks, Entries, Packs } from './gen/manifest_pb.ts';
import type { ChunkTable, FileEntry, LinkEntry, PackReference, TreeEntry } from './manifest.ts';
import { joinSha256 } from './sha256.ts';
import { serializeSignedColumn, serializeUnsignedColumn } from './varint-column.ts';

/** Numbers of entry kinds in the file; 0 stays free, so that an absent value is an error. */
export const ENTRY_KINDS = { file: 1, link: 2, directory: 3 } as const;

/** The columns of a generated message, without what makes it a message. */
export type Columns<Message> = Omit<Message, '$typeName' | '$unknown'>;

/** Turn checked entries into columns. */
export function toEntryColumns(entries: readonly TreeEntry[]): Columns<Entries> {
  const files = entries.filter((entry): entry is FileEntry => entry.kind === 'file');
  const links = entries.filter((entry): entry is LinkEntry => entry.kind === 'link');
  const targets = links.map((link) => Buffer.from(link.target));
  return {
    count: entries.length,
    kind: Uint8Array.from(entries, (entry) => ENTRY_KINDS[entry.kind]),
    ...toPathColumns(entries),
    mode: serializeUnsignedColumn(entries.flatMap((entry) => (entry.kind === 'link' ? [] : [entry.mode]))),
    fileSize: serializeUnsignedColumn(files.map((file) => file.sizeBytes)),
    fileChunkCount: serializeUnsignedColumn(files.map((file) => file.chunks.length)),
    fileChunk: serializeSignedColumn(toChunkSteps(files)),
    fileSha256: joinSha256(files.filter((file) => file.chunks.length > 1).map((file) => file.sha256)),
    linkTargetLength: serializeUnsignedColumn(targets.map((target) => target.length)),
    linkTarget: Buffer.concat(targets),
  };
}

/** Turn a checked chunk table into columns. */
export function toChunkColumns(chunks: ChunkTable): Columns<Chunks> {
  const { count, sizeBytes, packedBytes, pack, offset } = chunks;
  const packSteps = new Float64Array(count);
  const offsetSteps = new Float64Array(count);
  const saved = new Float64Array(count);
  let packBefore = 0;
  let endBefore = 0;
  for (let row = 0; row < count; row++) {
    const packRow = pack[row] as number;
    packSteps[row] = packRow - packBefore;
    offsetSteps[row] = (offset[row] as number) - (packRow === packBefore ? endBefore : 0);
    saved[row] = (sizeBytes[row] as number) - (packedBytes[row] as number);
    packBefore = packRow;
    endBefore = (offset[row] as number) + (packedBytes[row] as number);
  }
  return {
    count,
    sha256: chunks.sha256,
    size: serializeUnsignedColumn(sizeBytes),
    pack: serializeSignedColumn(packSteps),
    offset: serializeSignedColumn(offsetSteps),
    saved: serializeSignedColumn(saved),
  };
}

export function toPackColumns(packs: readonly PackReference[]): Columns<Packs> {
  return {
    count: packs.length,
    sha256: joinSha256(packs.map((pack) => pack.sha256)),
    size: serializeUnsignedColumn(packs.map((pack) => pack.sizeBytes)),
  };
}

/** Turn sorted paths into columns: what each shares with the one before, and the rest. */
export function toPathColumns(
  entries: readonly { readonly path: string }[],
): Pick<Columns<Entries>, 'pathShared' | 'pathRestLength' | 'pathRest'> {
  const shared = new Float64Array(entries.length);
  const restLengths = new Float64Array(entries.length);
  const rests: Uint8Array[] = [];
  let before: Uint8Array = new Uint8Array();
  entries.forEach((entry, row) => {
    const path = Buffer.from(entry.path);
    const common = countShared(before, path);
    shared[row] = common;
    restLengths[row] = path.length - common;
    rests.push(path.subarray(common));
    before = path;
  });
  return {
    pathShared: serializeUnsignedColumn(shared),
    pathRestLength: serializeUnsignedColumn(restLengths),
    pathRest: Buffer.concat(rests),
  };
}

function countShared(left: Uint8Array, right: Uint8Array): number {
  let at = 0;
  while (at < left.length && at < right.length && left[at] === right[at]) at++;
  return at;
}

function toChunkSteps(files: readonly FileEntry[]): Float64Array {
  const steps = new Float64Array(files.reduce((sum, file) => sum + file.chunks.length, 0));
  let at = 0;
  let expected = 0;
  for (const file of files) {
    for (const row of file.chunks) {
      steps[at++] = row - expected;
      expected = row + 1;
    }
  }
  return steps;
}
