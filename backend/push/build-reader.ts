import { buffer } from 'node:stream/consumers';
import type { FileEntry, Manifest } from '../../patcher/formats/manifest.ts';
import { decodeChunk } from '../../patcher/formats/pack-format.ts';
import { sha256BytesAt } from '../../patcher/formats/sha256.ts';
import { type DepotPath, objectKey } from '../delivery/object-path.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** Neighbouring frames are read together up to this size: few requests, and little memory. */
const READ_BYTES_MAX = 8 * 1024 * 1024;

/** The chunks of a file that are read in one request. */
interface ReadRun {
  readonly pack: number;
  readonly start: number;
  end: number;
  readonly rows: number[];
}

/**
 * A file's bytes, chunk by chunk in order, from its depot's packs. Each chunk's hash is checked.
 * @throws {AppError} `PACK_CHUNK_*`, `STORAGE_*`
 */
export async function* readBuildFile(
  store: ObjectStore,
  depot: DepotPath,
  manifest: Manifest,
  file: FileEntry,
): AsyncGenerator<Uint8Array> {
  const { chunks } = manifest;
  for (const run of planRuns(manifest, file)) {
    const pack = manifest.packs[run.pack];
    if (pack === undefined) throw new Error('a checked manifest names every pack it uses');
    const range = { start: run.start, end: run.end };
    const { stream } = await store.read(objectKey(depot, 'pack', pack.sha256), range);
    const bytes = await buffer(stream);
    for (const row of run.rows) {
      const at = (chunks.offset[row] as number) - run.start;
      yield decodeChunk(bytes.subarray(at, at + (chunks.packedBytes[row] as number)), {
        sizeBytes: chunks.sizeBytes[row] as number,
        sha256: sha256BytesAt(chunks.sha256, row),
      });
    }
  }
}

function planRuns({ chunks }: Manifest, file: FileEntry): ReadRun[] {
  const runs: ReadRun[] = [];
  let run: ReadRun | undefined;
  for (const row of file.chunks) {
    const pack = chunks.pack[row] as number;
    const start = chunks.offset[row] as number;
    const end = start + (chunks.packedBytes[row] as number);
    if (run && run.pack === pack && run.end === start && end - run.start <= READ_BYTES_MAX) {
      run.end = end;
      run.rows.push(row);
    } else {
      run = { pack, start, end, rows: [row] };
      runs.push(run);
    }
  }
  return runs;
}
