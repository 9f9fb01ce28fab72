import type { Sha256 } from '../../formats/manifest.ts';
import { serializeSegmentBody } from '../../formats/segment-body.ts';
import type { DecodeTask } from '../apply/decode-task.ts';

const SHA256 = '0'.repeat(64) as Sha256;

/** A script for decoding threads that answers each task with its thread's number, a while later. */
export const THREAD_NUMBER = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { threadId } from 'node:worker_threads';
    import { serveTasks } from '${new URL('../../threads/task-server.ts', import.meta.url)}';
    serveTasks(() => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4);
      return Uint8Array.of(threadId);
    });`)}`,
);

/** How much a segment says it is made of. */
export interface SegmentSize {
  readonly newBytes: number;
  readonly oldBytes: number;
  readonly bodyBytes: number;
  readonly rowCount: number;
  readonly expanded: { readonly oldBytes: number; readonly newBytes: number } | undefined;
}

export const SMALL_SEGMENT: SegmentSize = {
  newBytes: 1,
  oldBytes: 0,
  bodyBytes: 0,
  rowCount: 0,
  expanded: undefined,
};

/** A task whose sizes are told and whose content there is none of. */
export function decodeTaskOf({ newBytes, oldBytes, bodyBytes, rowCount, expanded }: SegmentSize): DecodeTask {
  const none = new Uint8Array();
  const coded = {
    rows: none,
    differences: none,
    extra: none,
    differencesCoding: 0,
    extraCoding: 0,
    predicted: false,
    touchedOnly: false,
    rowCount,
    expanded: expanded && { ...expanded, packed: none },
  };
  const hashes = { packedSha256: SHA256, newSha256: SHA256 };
  const old = {
    file: Uint32Array.of(0),
    offset: Float64Array.of(0),
    length: Uint32Array.of(oldBytes),
    files: { paths: 'a', pathEnd: Uint32Array.of(1), addressMap: Int32Array.of(-1) },
  };
  const segment = { ...hashes, offset: 0, newOffset: 0, newBytes, packedBytes: bodyBytes, old };
  return { segment, compressed: serializeSegmentBody(coded) };
}
