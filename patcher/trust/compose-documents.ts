import { createHash } from 'node:crypto';
import { delegatedPaths, roleOfGame } from './game-targets.ts';
import { SPEC_VERSION, toExpiry } from './sign-document.ts';
import type {
  ManifestTarget,
  MetaEntry,
  SignedRoot,
  SignedSnapshot,
  SignedTargets,
  SignedTimestamp,
} from './trust-document.ts';
import { keyIdOf, type TrustKey } from './trust-key.ts';

/** What every role says of itself. */
export interface RoleTerms {
  readonly version: number;
  /** Epoch milliseconds. */
  readonly expiresMs: number;
}

export interface KeySet {
  readonly keys: readonly TrustKey[];
  readonly threshold: number;
}

export type RootRoles = Readonly<Record<'root' | 'targets' | 'snapshot' | 'timestamp', KeySet>>;

/** Who may sign what, above all else. */
export function composeRoot(terms: RoleTerms, roles: RootRoles): SignedRoot {
  const all = Object.values(roles).flatMap(({ keys }) => keys);
  const role = ({ keys, threshold }: KeySet) => ({ keyids: keys.map(keyIdOf), threshold });
  return {
    _type: 'root',
    ...common(terms),
    consistent_snapshot: true,
    keys: byId(all),
    roles: {
      root: role(roles.root),
      targets: role(roles.targets),
      snapshot: role(roles.snapshot),
      timestamp: role(roles.timestamp),
    },
  };
}

/** The roles of a root as they went in. */
export function rolesOfRoot({ keys, roles }: SignedRoot): RootRoles {
  const set = ({ keyids, threshold }: { keyids: string[]; threshold: number }): KeySet => ({
    keys: keyids.map((id) => keys[id] as TrustKey),
    threshold,
  });
  return {
    root: set(roles.root),
    targets: set(roles.targets),
    snapshot: set(roles.snapshot),
    timestamp: set(roles.timestamp),
  };
}

/** Which keys publish each game of an organisation. Any one of a game's keys is enough. */
export type GameKeys = ReadonlyMap<string, readonly TrustKey[]>;

export function composeTargets(
  scope: string,
  terms: RoleTerms,
  games: GameKeys,
): SignedTargets & { readonly delegations: object } {
  return {
    _type: 'targets',
    ...common(terms),
    scope,
    targets: {},
    delegations: {
      keys: byId([...games.values()].flat()),
      roles: [...games].map(([gameId, keys]) => ({
        name: roleOfGame(gameId),
        keyids: keys.map(keyIdOf),
        threshold: 1,
        terminating: true,
        paths: delegatedPaths(gameId),
      })),
    },
  };
}

/** The games a targets record delegates, as they went in. */
export function gameKeysOf({ delegations }: SignedTargets): Map<string, TrustKey[]> {
  return new Map(
    (delegations?.roles ?? []).map((role) => [
      role.name.replace(/^game-/, ''),
      role.keyids.map((id) => delegations?.keys[id] as TrustKey),
    ]),
  );
}

/** What one game's publisher signs: builds by the paths of `game-targets.ts`. */
export function composeGameTargets(
  gameId: string,
  terms: RoleTerms,
  targets: Readonly<Record<string, ManifestTarget>>,
): SignedTargets {
  return { _type: 'targets', ...common(terms), scope: gameId, targets: { ...targets } };
}

/** A document that another announces. */
export interface AnnouncedDocument {
  readonly version: number;
  readonly bytes: Uint8Array;
}

/** @param documents The newest of `targets` and every `game-<id>`, by role. */
export function composeSnapshot(
  scope: string,
  terms: RoleTerms,
  documents: ReadonlyMap<string, AnnouncedDocument>,
): SignedSnapshot {
  const meta = [...documents].map(([role, document]) => [`${role}.json`, announce(document)] as const);
  return { _type: 'snapshot', ...common(terms), scope, meta: Object.fromEntries(meta) };
}

export function composeTimestamp(
  scope: string,
  terms: RoleTerms,
  snapshot: AnnouncedDocument,
): SignedTimestamp {
  return { _type: 'timestamp', ...common(terms), scope, meta: { 'snapshot.json': announce(snapshot) } };
}

function announce({ version, bytes }: AnnouncedDocument): MetaEntry {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { version, length: bytes.length, hashes: { sha256 } };
}

function common({ version, expiresMs }: RoleTerms) {
  return { spec_version: SPEC_VERSION, version, expires: toExpiry(expiresMs) };
}

function byId(keys: readonly TrustKey[]): Record<string, TrustKey> {
  return Object.fromEntries(keys.map((key) => [keyIdOf(key), key]));
}
