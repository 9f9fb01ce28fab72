import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sha256 } from '../../../patcher/formats/manifest.ts';
import type { KnownChunks, PackUploadRequest, PushPort } from '../../../patcher/push/push-port.ts';
import type { ApiClient } from '../../api/client.ts';
import type { Build, PackUpload, PushSession } from '../../api/contract.ts';
import type { VouchedBuild } from '../signing/game-record.ts';
import { publisherErrors } from '../publisher-errors.ts';
import type { PushTarget } from './push-target.ts';

/** Hashes asked about in one request; 32 bytes each keeps a request near 2 MiB. */
const HASHES_PER_QUERY = 65_536;
const POLL_MS = 300;
/** A part that fails is tried again this often before the push gives up; running it again resumes. */
const PART_TRIES = 4;

/** A push as the service knows it, as the port the patcher's push writes to. */
export interface ServicePush {
  readonly port: PushPort;
  /** The build the service made (or already had) once `port.commitManifest` has resolved. */
  readonly committed: () => Build;
  /**
   * The same build as its publisher may vouch for it: its manifest as it was made here, whatever the service says.
   * @throws {AppError} `CLI_MANIFEST_DIFFERS`
   */
  readonly vouched: () => Pick<VouchedBuild, 'buildId' | 'manifest'>;
}

export interface ServicePushOptions {
  readonly api: ApiClient;
  readonly target: PushTarget;
  readonly pushSessionId: string;
  readonly signal: AbortSignal;
  readonly onVerifying?: (done: number, total: number) => void;
}

export function createServicePush(options: ServicePushOptions): ServicePush {
  let build: Build | undefined;
  let manifest = { sha256: '', sizeBytes: 0 };
  const port: PushPort = {
    locateChunks: async (sha256s) => await locateChunks(options, sha256s),
    uploadPack: async (pack) => await uploadPack(options, pack),
    commitManifest: async (bytes) => {
      manifest = {
        sha256: createHash('sha256').update(bytes).digest('hex'),
        sizeBytes: bytes.length,
      };
      build = await commit(options, bytes);
      return { buildId: build.buildId };
    },
  };
  const committed = (): Build => {
    if (build === undefined) throw new Error('the push is not committed yet');
    return build;
  };
  const vouched = () => {
    const { buildId, manifest: said } = committed();
    if (said.sha256 !== manifest.sha256 || said.sizeBytes !== manifest.sizeBytes) {
      throw publisherErrors.error('CLI_MANIFEST_DIFFERS', { build: buildId });
    }
    return { buildId, manifest };
  };
  return { port, committed, vouched };
}

async function locateChunks(
  { api, target, signal }: ServicePushOptions,
  sha256s: Uint8Array,
): Promise<KnownChunks> {
  const { gameId, depot } = target;
  const packs: KnownChunks['packs'][number][] = [];
  const pack: number[] = [];
  const offset: number[] = [];
  const packedBytes: number[] = [];
  for (let start = 0; start < sha256s.length; start += HASHES_PER_QUERY * 32) {
    const body = sha256s.subarray(start, start + HASHES_PER_QUERY * 32);
    const answer = await api.locateChunks({ params: { gameId, depot }, body }, { signal });
    const first = packs.length;
    packs.push(...answer.packs.map((one) => ({ ...one, sha256: one.sha256 as Sha256 })));
    for (const index of answer.pack) pack.push(index === -1 ? -1 : first + index);
    for (const value of answer.offset) offset.push(value);
    for (const value of answer.packedBytes) packedBytes.push(value);
  }
  return { packs, pack, offset, packedBytes };
}

async function uploadPack(options: ServicePushOptions, pack: PackUploadRequest): Promise<void> {
  const { api, pushSessionId, signal } = options;
  const params = { pushSessionId, packSha256: pack.sha256 };
  const upload = await api.uploadPack({ params, body: { sizeBytes: pack.bytes.length } }, { signal });
  if (upload.state === 'stored') return;
  for (const part of upload.parts) await uploadPart(part, pack.bytes, signal);
  await api.completePack({ params, body: { uploadId: upload.uploadId } }, { signal });
}

type UploadPart = Extract<PackUpload, { state: 'upload' }>['parts'][number];

async function uploadPart(part: UploadPart, pack: Uint8Array, signal: AbortSignal): Promise<void> {
  const body = pack.subarray(part.offset, part.offset + part.sizeBytes) as Uint8Array<ArrayBuffer>;
  for (let attempt = 1; ; attempt += 1) {
    const response = await tryFetch(part, body, signal);
    if (response?.ok) return;
    const status = response?.status ?? 0;
    const mayPass = status === 0 || status === 429 || status >= 500;
    if (!mayPass || attempt === PART_TRIES) throw publisherErrors.error('PUSH_UPLOAD_REFUSED', { status });
    await sleep(250 * 2 ** attempt * (0.5 + Math.random() / 2), undefined, { signal });
  }
}

/** @returns undefined when no answer came; the caller tries again. */
async function tryFetch(
  part: UploadPart,
  body: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Response | undefined> {
  try {
    return await fetch(part.url, { method: part.method, headers: part.headers, body, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    return undefined;
  }
}

async function commit(options: ServicePushOptions, manifest: Uint8Array): Promise<Build> {
  const { api, pushSessionId, signal } = options;
  const params = { pushSessionId };
  let session = await api.commitPush({ params, body: manifest }, { signal });
  while (session.state === 'verifying') {
    if (session.verified) options.onVerifying?.(session.verified.packs, session.verified.packsTotal);
    await sleep(POLL_MS, undefined, { signal });
    session = await api.pushSession({ params }, { signal });
  }
  return readOutcome(session);
}

function readOutcome(session: PushSession): Build {
  if (session.state === 'committed' && session.build !== undefined) return session.build;
  const reason = session.problem?.title ?? `the push is ${session.state}`;
  const advice = session.problem?.next ?? 'Run the same push again.';
  throw publisherErrors.error('PUSH_REJECTED', { reason, advice, code: session.problem?.code });
}
