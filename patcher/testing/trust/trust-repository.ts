import { createHash } from 'node:crypto';
import {
  composeGameTargets,
  composeRoot,
  composeSnapshot,
  composeTargets,
  composeTimestamp,
  type RootRoles,
} from '../../trust/compose-documents.ts';
import { channelPath, manifestPath, roleOfGame } from '../../trust/game-targets.ts';
import { signDocument } from '../../trust/sign-document.ts';
import { type ManifestTarget, parseTrustDocument, type TrustDocument } from '../../trust/trust-document.ts';
import { createTrustSigner, type TrustSigner } from '../../trust/trust-key.ts';

const DAY_MS = 86_400_000;
/** Where every test begins. */
export const TRUST_START_MS = Date.parse('2026-11-20T12:00:00Z');

/** Keys that are the same in every run. */
export function testSigner(name: string): TrustSigner {
  return createTrustSigner(createHash('sha256').update(name).digest());
}

export interface TestKeys {
  root: TrustSigner[];
  targets: TrustSigner;
  snapshot: TrustSigner;
  timestamp: TrustSigner;
}

/** A build of which only its manifest's hash matters. */
export function testTarget(buildId: number): ManifestTarget {
  const sha256 = createHash('sha256').update(`build ${buildId}`).digest('hex');
  return { length: 1000 + buildId, hashes: { sha256 }, custom: { buildId } };
}

/**
 * A repository with its own keys and the server in front of it, honest until a test says otherwise: `replace` puts
 * other bytes under a name, `keys` may be exchanged, and everything that was ever served can be served again.
 */
export class TestTrustRepository {
  readonly scope = 'studio';
  readonly keys: TestKeys;
  readonly publishers = new Map<string, TrustSigner>();
  readonly games = new Map<string, Record<string, ManifestTarget>>();
  readonly versions: Record<string, number> = {};
  /** What is served now, by its name below the address. */
  readonly files = new Map<string, Buffer>();
  readonly asked: string[] = [];
  nowMs = TRUST_START_MS;
  answer: ((name: string) => Response | undefined) | undefined;
  #rootRoles: RootRoles;

  constructor() {
    this.keys = {
      root: ['one', 'two', 'three'].map((name) => testSigner(`root ${name}`)),
      targets: testSigner('targets'),
      snapshot: testSigner('snapshot'),
      timestamp: testSigner('timestamp'),
    };
    this.#rootRoles = this.#roles();
    this.signRoot(this.keys.root.slice(0, 2));
  }

  #roles(): RootRoles {
    const { root, targets, snapshot, timestamp } = this.keys;
    const one = (signer: TrustSigner) => ({ keys: [signer.key], threshold: 1 });
    return {
      root: { keys: root.map(({ key }) => key), threshold: 2 },
      targets: one(targets),
      snapshot: one(snapshot),
      timestamp: one(timestamp),
    };
  }

  /** Sign the next root by some keys; the roles are those of `keys` as they are now. */
  signRoot(signers: readonly TrustSigner[], change: { version?: number; days?: number } = {}): Buffer {
    this.#rootRoles = this.#roles();
    const version = change.version ?? this.#next('root');
    const expiresMs = this.nowMs + (change.days ?? 365) * DAY_MS;
    const bytes = signDocument<'root'>(composeRoot({ version, expiresMs }, this.#rootRoles), signers);
    this.files.set(`${version}.root.json`, bytes);
    return bytes;
  }

  root(version = 1): TrustDocument<'root'> {
    return parseTrustDocument('root', this.files.get(`${version}.root.json`) ?? Buffer.alloc(0));
  }

  /** Sign a build for a game's channel as its publisher, and announce it. */
  release(gameId: string, buildId: number, place: { depot?: string; channel?: string } = {}): void {
    const { depot = 'linux', channel = 'stable' } = place;
    if (!this.publishers.has(gameId)) this.publishers.set(gameId, testSigner(`publisher of ${gameId}`));
    const target = testTarget(buildId);
    const { sha256 } = target.hashes;
    this.games.set(gameId, {
      ...this.games.get(gameId),
      [channelPath({ gameId, depot, channel })]: target,
      [manifestPath({ gameId, depot, sha256 })]: target,
    });
    this.signGame(gameId);
    this.signTargets();
    this.announce();
  }

  signGame(gameId: string, signer = this.publishers.get(gameId)): Buffer {
    const role = roleOfGame(gameId);
    const terms = { version: this.#next(role), expiresMs: this.nowMs + 3650 * DAY_MS };
    const signed = composeGameTargets(gameId, terms, this.games.get(gameId) ?? {});
    return this.#put(role, terms.version, signDocument<'targets'>(signed, signer ? [signer] : []));
  }

  signTargets(): Buffer {
    const games = new Map([...this.publishers].map(([gameId, { key }]) => [gameId, [key]]));
    const terms = { version: this.#next('targets'), expiresMs: this.nowMs + 365 * DAY_MS };
    const signed = composeTargets(this.scope, terms, games);
    return this.#put('targets', terms.version, signDocument<'targets'>(signed, [this.keys.targets]));
  }

  /** A new snapshot of everything and a new timestamp. */
  announce(change: { leaveOut?: string; snapshotDays?: number; timestampDays?: number } = {}): void {
    const roles = Object.keys(this.versions).filter((role) => role === 'targets' || role.startsWith('game-'));
    const documents = roles
      .filter((role) => role !== change.leaveOut)
      .map((role) => {
        const version = this.versions[role] as number;
        return [role, { version, bytes: this.file(`${version}.${role}.json`) }] as const;
      });
    const terms = {
      version: this.#next('snapshot'),
      expiresMs: this.nowMs + (change.snapshotDays ?? 7) * DAY_MS,
    };
    const signed = composeSnapshot(this.scope, terms, new Map(documents));
    this.#put('snapshot', terms.version, signDocument<'snapshot'>(signed, [this.keys.snapshot]));
    this.stamp(change.timestampDays);
  }

  /** A new timestamp over the newest snapshot. */
  stamp(days = 1): void {
    const version = this.versions['snapshot'] as number;
    const bytes = this.file(`${version}.snapshot.json`);
    const terms = { version: this.#next('timestamp'), expiresMs: this.nowMs + days * DAY_MS };
    const signed = composeTimestamp(this.scope, terms, { version, bytes });
    this.replace('timestamp.json', signDocument<'timestamp'>(signed, [this.keys.timestamp]));
  }

  /** A document of the repository by its name. */
  file(name: string): Buffer {
    const bytes = this.files.get(`${this.scope}/${name}`);
    if (bytes === undefined) throw new Error(`the repository has no ${name}`);
    return bytes;
  }

  replace(name: string, bytes: Buffer): void {
    this.files.set(`${this.scope}/${name}`, bytes);
  }

  /** Everything that is served, to be put back later. */
  save(): Map<string, Buffer> {
    return new Map(this.files);
  }

  restore(files: ReadonlyMap<string, Buffer>): void {
    this.files.clear();
    for (const [name, bytes] of files) this.files.set(name, bytes);
  }

  readonly fetch: typeof globalThis.fetch = async (input) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const name = url.pathname.replace(/^\/trust\//, '');
    this.asked.push(name);
    const bytes = this.files.get(name);
    return (
      this.answer?.(name) ??
      (bytes === undefined ? new Response(null, { status: 403 }) : new Response(new Uint8Array(bytes)))
    );
  };

  #put(role: string, version: number, bytes: Buffer): Buffer {
    this.replace(`${version}.${role}.json`, bytes);
    return bytes;
  }

  #next(role: string): number {
    const version = (this.versions[role] ?? 0) + 1;
    this.versions[role] = version;
    return version;
  }
}
