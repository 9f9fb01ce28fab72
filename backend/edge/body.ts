import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectStore } from '../storage/object-store.ts';
import { type Fault, findFault } from './faults.ts';
import type { Slice } from './ranges.ts';

/** The body of an answer: one slice as it is, several as `multipart/byteranges`. */
export interface BodyPlan {
  readonly key: string;
  readonly slices: readonly Slice[];
  /** Set for a multipart body, with the text that goes before each slice and after the last. */
  readonly multipart: { readonly heads: readonly string[]; readonly tail: string } | undefined;
  readonly lengthBytes: number;
}

export function planBody(key: string, slices: readonly Slice[]): BodyPlan {
  const lengthBytes = slices.reduce((sum, { start, end }) => sum + end - start, 0);
  return { key, slices, multipart: undefined, lengthBytes };
}

/** Several ranges in one body, as RFC 9110 §14.6 lays them out. */
export function planMultipart(
  key: string,
  slices: readonly Slice[],
  { boundary, contentType, sizeBytes }: { boundary: string; contentType: string; sizeBytes: number },
): BodyPlan {
  const heads = slices.map(
    ({ start, end }) =>
      `\r\n--${boundary}\r\nContent-Type: ${contentType}\r\nContent-Range: bytes ${start}-${end - 1}/${sizeBytes}\r\n\r\n`,
  );
  const tail = `\r\n--${boundary}--\r\n`;
  const frameBytes = heads.join('').length + tail.length;
  return {
    key,
    slices,
    multipart: { heads, tail },
    lengthBytes: planBody(key, slices).lengthBytes + frameBytes,
  };
}

/**
 * Send the body, whose headers are set. Without faults a single slice goes from store to socket untouched.
 * @throws When the store fails or the client goes away; the connection is gone then.
 */
export async function sendBody(
  response: ServerResponse,
  { store, plan, faults }: { store: ObjectStore; plan: BodyPlan; faults: readonly Fault[] },
): Promise<void> {
  const [only] = plan.slices;
  if (plan.lengthBytes === 0 || only === undefined) {
    response.end();
    return;
  }
  const source = plan.multipart
    ? Readable.from(framedPieces(store, plan))
    : (await store.read(plan.key, only)).stream;
  const spoiled = faults.length === 0 ? source : Readable.from(spoil(source, { response, plan, faults }));
  await pipeline(spoiled, response);
}

async function* framedPieces(
  store: ObjectStore,
  { key, slices, multipart }: BodyPlan,
): AsyncGenerator<Uint8Array> {
  for (const [index, slice] of slices.entries()) {
    yield Buffer.from(multipart?.heads[index] ?? '');
    yield* (await store.read(key, slice)).stream;
  }
  yield Buffer.from(multipart?.tail ?? '');
}

/** Slow pieces stay small, so that the rate is even. */
const SLOW_PIECE_BYTES = 16 * 1024;

async function* spoil(
  source: Readable,
  { response, plan, faults }: { response: ServerResponse; plan: BodyPlan; faults: readonly Fault[] },
): AsyncGenerator<Uint8Array> {
  const corrupt = findFault(faults, 'corrupt');
  const rate = findFault(faults, 'rate');
  const truncate = findFault(faults, 'truncate');
  const reset = findFault(faults, 'reset');
  const endAt = Math.min(truncate?.afterBytes ?? plan.lengthBytes, reset?.afterBytes ?? plan.lengthBytes);
  let sent = 0;
  for await (const piece of smallPieces(source, rate ? SLOW_PIECE_BYTES : plan.lengthBytes)) {
    const kept = Buffer.from(piece.subarray(0, endAt - sent)); // A copy: stores may share their buffers.
    const spoiledAt = (corrupt?.atByte ?? -1) - sent;
    if (spoiledAt >= 0 && spoiledAt < kept.length) kept[spoiledAt] = (kept[spoiledAt] ?? 0) ^ 1;
    if (rate) await sleep((kept.length / rate.bytesPerSecond) * 1000);
    if (kept.length > 0) yield kept;
    sent += kept.length;
    if (sent < endAt || endAt === plan.lengthBytes) continue;
    // Let what was kept leave first: the fault is the missing rest.
    await drained(response);
    if (reset && reset.afterBytes === endAt) {
      // A reset throws away what the peer has not read yet, headers included: give it a moment.
      await sleep(20);
      response.socket?.resetAndDestroy();
    } else {
      response.socket?.destroySoon();
    }
    return;
  }
}

async function* smallPieces(source: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    for (let at = 0; at < piece.length; at += maxBytes) yield piece.subarray(at, at + maxBytes);
  }
}

async function drained(response: ServerResponse): Promise<void> {
  if (response.headersSent) {
    while (response.writableLength > 0 && !response.destroyed) await sleep(5);
    return;
  }
  response.flushHeaders();
}
