import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { generateKeyRing, type KeyRing, trustedKeys } from '../../delivery/key-ring.ts';
import { objectKey, type ObjectKind } from '../../delivery/object-path.ts';
import {
  createSigner,
  type Grant,
  type GrantRequest,
  grantedUrl,
  type Signer,
} from '../../delivery/signer.ts';
import { FileStore } from '../../storage/file-store.ts';
import { AccessLogWriter } from '../access-log-writer.ts';
import { createEdge, type Edge, type EdgeOptions } from '../edge.ts';

/** An answer, whole or as far as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** The connection ended before the announced length. */
  readonly isCut: boolean;
}

/** A running edge over a folder, with a signer it trusts and a clock the test turns. */
export interface EdgeRig {
  readonly edge: Edge;
  readonly url: string;
  readonly store: FileStore;
  readonly logFolder: string;
  readonly log: AccessLogWriter;
  /** Replace it to rotate keys. */
  ring: KeyRing;
  /** Epoch milliseconds, for signer, edge and log. */
  nowMs: number;
  signer(baseUrl?: string): Signer;
  grant(request?: Partial<GrantRequest>): Grant;
  /** Store bytes as an object of a depot. @returns Its path below the depot. */
  put(bytes: Uint8Array, at?: { gameId?: string; depot?: string; kind?: ObjectKind }): Promise<string>;
  /** GET through a grant. */
  get(objectPath: string, options?: GetOptions): Promise<Answer>;
  stop(): Promise<void>;
}

export interface GetOptions {
  readonly grant?: Grant;
  readonly headers?: Record<string, string>;
  readonly method?: string;
}

export async function startEdge(options: Partial<EdgeOptions> = {}): Promise<EdgeRig> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-edge-'));
  const secret = 'an upload secret that no test of the edge needs';
  const store = new FileStore({ folder: path.join(folder, 'store'), secret, publicUrl: () => '' });
  const logFolder = path.join(folder, 'log');
  const clock = (): number => rig.nowMs;
  const log = new AccessLogWriter({ folder: logFolder, clock });
  const edge = createEdge({ store, keys: () => trustedKeys(rig.ring), clock, accessLog: log, ...options });
  const rig: EdgeRig = {
    edge,
    store,
    logFolder,
    log,
    url: '',
    ring: await generateKeyRing(),
    nowMs: Date.UTC(2026, 10, 21, 12),
    signer: (baseUrl = rig.url) => createSigner({ baseUrl, keyRing: () => rig.ring, clock }),
    grant: (request = {}) =>
      rig.signer().sign({ grantId: 'g1', gameId: 'skyforge', depot: 'linux', ...request }),
    async put(bytes, { gameId = 'skyforge', depot = 'linux', kind = 'pack' } = {}) {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const key = objectKey({ gameId, depot }, kind, sha256);
      await store.write(key, bytes, { cacheControl: 'public,max-age=31536000,immutable' });
      return key.split('/').slice(3).join('/');
    },
    get: (objectPath, { grant = rig.grant(), ...rest } = {}) => fetchRaw(grantedUrl(grant, objectPath), rest),
    async stop() {
      await edge.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  return Object.assign(rig, { url: await edge.listen() });
}

/** A request whose target is sent exactly as written: no client in between that tidies `..`, `//` or escapes. */
export function fetchRaw(url: string, options: Omit<GetOptions, 'grant'> = {}): Promise<Answer> {
  const [, host = '', port, target] = /^http:\/\/([^/:]+):(\d+)(.*)$/.exec(url) ?? [];
  const { headers = {}, method = 'GET' } = options;
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, path: target, method, headers, agent: false }, (answer) => {
      const pieces: Buffer[] = [];
      const finish = (isCut: boolean): void => {
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: Buffer.concat(pieces),
          isCut,
        });
      };
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.on('end', () => finish(!answer.complete));
      answer.on('error', () => finish(true));
    });
    request.on('error', reject);
    request.end();
  });
}
