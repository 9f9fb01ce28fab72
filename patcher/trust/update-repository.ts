import { createHash } from 'node:crypto';
import type { TrustedMetadataStore } from 'tuf-js/dist/store.js';
import { createFrameworkChecks, isSameVersion, judge } from './framework-checks.ts';
import { parseTargetPath, roleOfGame } from './game-targets.ts';
import type { MetadataSource } from './metadata-source.ts';
import {
  checkSignatures,
  keysOfDelegation,
  keysOfRole,
  type MetaEntry,
  parseTrustDocument,
  type RoleKind,
  type SignedSnapshot,
  type SignedTargets,
  type SignedTimestamp,
  type TrustDocument,
} from './trust-document.ts';
import { trustErrors } from './trust-errors.ts';
import { DOCUMENT_BYTES_MAX, VERSION_STEP_MAX } from './trust-limits.ts';
import type { StoredRepository } from './trust-state.ts';
import { onlineKeysOf } from './update-root.ts';

export interface RepositoryUpdate {
  readonly root: TrustDocument<'root'>;
  /** The organisation whose repository it is. */
  readonly scope: string;
  readonly gameId: string;
  readonly source: MetadataSource;
  /** What was verified before, whatever root it was verified under. */
  readonly stored: StoredRepository | undefined;
  readonly nowMs: number;
}

export interface UpdatedRepository {
  readonly targets: SignedTargets;
  /** To be kept in place of what was stored. */
  readonly next: StoredRepository;
}

/**
 * Bring what is known of a repository up to date, and with it one game's targets: timestamp, snapshot, targets, game
 * (TUF 5.4 to 5.6). Nothing is kept here; the caller keeps all of it, or after a refusal none.
 * @throws {AppError} `TRUST_*`
 */
export async function updateRepository(update: RepositoryUpdate): Promise<UpdatedRepository> {
  const { root, gameId, nowMs } = update;
  const stored = readStored(update);
  const checks = createFrameworkChecks(root.bytes, nowMs);
  const timestamp = await updateTimestamp(update, checks, stored?.timestamp);
  const snapshot = await updateSnapshot(update, checks, timestamp.signed, stored?.snapshot);
  const targets = await updateTargets(update, checks, snapshot.signed, stored?.targets);
  const game = await updateGame(update, checks, {
    snapshot: snapshot.signed,
    targets: targets.signed,
    stored: update.stored?.games[roleOfGame(gameId)],
  });
  return {
    targets: game.signed,
    next: {
      format: 'gantry-trust',
      onlineKeys: onlineKeysOf(root.signed),
      timestamp: timestamp.bytes.toString(),
      snapshot: snapshot.bytes.toString(),
      targets: targets.bytes.toString(),
      games: {
        ...stillAnnounced(update.stored?.games ?? {}, snapshot.signed, roleOfGame(gameId)),
        [roleOfGame(gameId)]: game.bytes.toString(),
      },
    },
  };
}

/** Games kept beside the one asked for; each takes up to some hundred kilobytes, and a file is written whole. */
const OTHER_GAMES_MAX = 63;

/** Records of other games, the last asked for: those that are not the newest any more are of no use to anybody. */
function stillAnnounced(
  games: StoredRepository['games'],
  { meta }: SignedSnapshot,
  asked: string,
): StoredRepository['games'] {
  const current = Object.entries(games).filter(([role, text]) => {
    const announced = meta[`${role}.json`];
    return role !== asked && announced !== undefined && matches(announced, Buffer.from(text));
  });
  return Object.fromEntries(current.slice(-OTHER_GAMES_MAX));
}

interface StoredDocuments {
  readonly timestamp: TrustDocument<'timestamp'>;
  readonly snapshot: TrustDocument<'snapshot'>;
  readonly targets: string;
}

/** What was verified before and may still be compared with: nothing, once its keys were replaced. */
function readStored({ stored, root, scope }: RepositoryUpdate): StoredDocuments | undefined {
  if (stored === undefined || stored.onlineKeys !== onlineKeysOf(root.signed)) return undefined;
  try {
    const timestamp = parseTrustDocument('timestamp', Buffer.from(stored.timestamp));
    const snapshot = parseTrustDocument('snapshot', Buffer.from(stored.snapshot));
    checkSignatures(timestamp, 'timestamp', keysOfRole(root.signed, 'timestamp'));
    checkSignatures(snapshot, 'snapshot', keysOfRole(root.signed, 'snapshot'));
    if (timestamp.signed.scope !== scope || snapshot.signed.scope !== scope) return undefined;
    return { timestamp, snapshot, targets: stored.targets };
  } catch {
    // Damaged on disk, or of keys that no longer sign: as good as nothing, and replaced by what is fetched.
    return undefined;
  }
}

async function updateTimestamp(
  { root, scope, source, nowMs }: RepositoryUpdate,
  checks: TrustedMetadataStore,
  stored: TrustDocument<'timestamp'> | undefined,
): Promise<TrustDocument<'timestamp'>> {
  if (Date.parse(root.signed.expires) <= nowMs) {
    throw trustErrors.error('TRUST_EXPIRED', { role: 'root', expires: root.signed.expires });
  }
  if (stored !== undefined) prime(() => checks.updateTimestamp(stored.bytes));
  const bytes = await fetchDocument(source, {
    name: `${scope}/timestamp.json`,
    role: 'timestamp',
    maxBytes: DOCUMENT_BYTES_MAX.timestamp,
  });
  const offered = parseTrustDocument('timestamp', bytes);
  checkSignatures(offered, 'timestamp', keysOfRole(root.signed, 'timestamp'));
  checkScope('timestamp', offered.signed.scope, scope);
  compareTimestamps(offered.signed, stored?.signed);
  try {
    judge('timestamp', offered.signed.expires, () => checks.updateTimestamp(bytes));
    return offered;
  } catch (error) {
    if (!isSameVersion(error) || stored === undefined) throw error;
  }
  // The same version again: what was kept stays, unless its time is over (TUF 5.4.4).
  if (Date.parse(stored.signed.expires) <= nowMs) {
    throw trustErrors.error('TRUST_EXPIRED', { role: 'timestamp', expires: stored.signed.expires });
  }
  return stored;
}

/** TUF 5.4.3. */
function compareTimestamps(offered: SignedTimestamp, seen: SignedTimestamp | undefined): void {
  compareVersions('timestamp', offered.version, seen?.version);
  const announced = offered.meta['snapshot.json'].version;
  compareVersions('snapshot', announced, seen?.meta['snapshot.json'].version);
}

function compareVersions(role: string, offered: number, seen = 0): void {
  if (offered < seen) throw trustErrors.error('TRUST_ROLLBACK', { role, offered, seen });
  if (offered - seen > VERSION_STEP_MAX)
    throw trustErrors.error('TRUST_FAST_FORWARD', { role, offered, seen });
}

async function updateSnapshot(
  { root, scope, source }: RepositoryUpdate,
  checks: TrustedMetadataStore,
  timestamp: SignedTimestamp,
  stored: TrustDocument<'snapshot'> | undefined,
): Promise<TrustDocument<'snapshot'>> {
  const meta = timestamp.meta['snapshot.json'];
  if (stored !== undefined && matches(meta, stored.bytes)) {
    judge('snapshot', stored.signed.expires, () => checks.updateSnapshot(stored.bytes, true));
    return stored;
  }
  // Taken first for what the new one is compared with; the framework then says that it is not the announced one.
  if (stored !== undefined) prime(() => checks.updateSnapshot(stored.bytes, true));
  const bytes = await fetchAnnounced(source, { scope, role: 'snapshot', kind: 'snapshot', meta });
  const offered = parseTrustDocument('snapshot', bytes);
  checkSignatures(offered, 'snapshot', keysOfRole(root.signed, 'snapshot'));
  checkScope('snapshot', offered.signed.scope, scope);
  if (offered.signed.version !== meta.version) throw trustErrors.error('TRUST_MIXED', { role: 'snapshot' });
  compareSnapshots(offered.signed, stored?.signed);
  judge('snapshot', offered.signed.expires, () => checks.updateSnapshot(bytes));
  return offered;
}

/** TUF 5.5.5: no entry may vanish or go back. */
function compareSnapshots(offered: SignedSnapshot, seen: SignedSnapshot | undefined): void {
  for (const [name, { version }] of Object.entries(offered.meta)) {
    compareVersions(name.replace(/\.json$/, ''), version, seen?.meta[name]?.version);
  }
  for (const [name, { version }] of Object.entries(seen?.meta ?? {})) {
    if (offered.meta[name] !== undefined) continue;
    const role = name.replace(/\.json$/, '');
    throw trustErrors.error('TRUST_ROLLBACK', { role, offered: 'none', seen: version });
  }
}

async function updateTargets(
  { root, scope, source }: RepositoryUpdate,
  checks: TrustedMetadataStore,
  snapshot: SignedSnapshot,
  stored: string | undefined,
): Promise<TrustDocument<'targets'>> {
  const meta = snapshot.meta['targets.json'] as MetaEntry;
  const bytes = await keptOrFetched(source, { scope, role: 'targets', kind: 'targets', meta }, stored);
  const offered = parseTrustDocument('targets', bytes);
  checkSignatures(offered, 'targets', keysOfRole(root.signed, 'targets'));
  checkScope('targets', offered.signed.scope, scope);
  // This role says who may sign, never what: a target of its own would stand above every publisher's.
  if (Object.keys(offered.signed.targets).length > 0) {
    throw trustErrors.error('TRUST_WRONG_SCOPE', { role: 'targets', actual: 'builds', expected: scope });
  }
  if (offered.signed.version !== meta.version) throw trustErrors.error('TRUST_MIXED', { role: 'targets' });
  judge('targets', offered.signed.expires, () => checks.updateDelegatedTargets(bytes, 'targets', 'root'));
  return offered;
}

interface GameStep {
  readonly snapshot: SignedSnapshot;
  readonly targets: SignedTargets;
  readonly stored: string | undefined;
}

async function updateGame(
  { scope, gameId, source }: RepositoryUpdate,
  checks: TrustedMetadataStore,
  { snapshot, targets, stored }: GameStep,
): Promise<TrustDocument<'targets'>> {
  const role = roleOfGame(gameId);
  const keys = keysOfDelegation(targets, gameId);
  const meta = snapshot.meta[`${role}.json`];
  if (meta === undefined) throw trustErrors.error('TRUST_GAME_UNKNOWN', { gameId });
  const bytes = await keptOrFetched(source, { scope, role, kind: 'targets', meta }, stored);
  const offered = parseTrustDocument('targets', bytes, role);
  checkSignatures(offered, role, keys);
  checkGameScope(offered.signed, gameId);
  if (offered.signed.version !== meta.version) throw trustErrors.error('TRUST_MIXED', { role });
  judge(role, offered.signed.expires, () => checks.updateDelegatedTargets(bytes, role, 'targets'));
  return offered;
}

/** A game's targets speak for that game only and hand nothing on. @throws {AppError} `TRUST_WRONG_SCOPE` */
export function checkGameScope(signed: SignedTargets, gameId: string): void {
  const role = roleOfGame(gameId);
  checkScope(role, signed.scope, gameId);
  const actual = signed.delegations === undefined ? undefined : 'other roles';
  const stranger = Object.keys(signed.targets).find((path) => parseTargetPath(path)?.gameId !== gameId);
  if (actual === undefined && stranger === undefined) return;
  throw trustErrors.error('TRUST_WRONG_SCOPE', {
    role,
    actual: actual ?? String(stranger),
    expected: gameId,
  });
}

function checkScope(role: string, actual: string, expected: string): void {
  if (actual !== expected) throw trustErrors.error('TRUST_WRONG_SCOPE', { role, actual, expected });
}

interface Announced {
  readonly scope: string;
  readonly role: string;
  readonly kind: RoleKind;
  readonly meta: MetaEntry;
}

async function keptOrFetched(
  source: MetadataSource,
  announced: Announced,
  stored: string | undefined,
): Promise<Buffer> {
  const kept = Buffer.from(stored ?? '');
  return matches(announced.meta, kept) ? kept : await fetchAnnounced(source, announced);
}

/** A document of which version, length and hash are known. @throws {AppError} `TRUST_MIXED` for any other. */
async function fetchAnnounced(
  source: MetadataSource,
  { scope, role, kind, meta }: Announced,
): Promise<Buffer> {
  const bytes = await fetchDocument(source, {
    name: `${scope}/${meta.version}.${role}.json`,
    role,
    maxBytes: Math.min(meta.length, DOCUMENT_BYTES_MAX[kind]),
  });
  if (!matches(meta, bytes)) throw trustErrors.error('TRUST_MIXED', { role });
  return bytes;
}

async function fetchDocument(
  source: MetadataSource,
  { name, role, maxBytes }: { name: string; role: string; maxBytes: number },
): Promise<Buffer> {
  const bytes = await source.fetch(name, { role, maxBytes });
  if (bytes === undefined) throw trustErrors.error('TRUST_DOCUMENT_MISSING', { role });
  return bytes;
}

function matches(meta: MetaEntry, bytes: Uint8Array): boolean {
  return (
    bytes.length === meta.length && createHash('sha256').update(bytes).digest('hex') === meta.hashes.sha256
  );
}

/** Give the framework an older document to compare with; that it is not the newest is no refusal. */
function prime(take: () => unknown): void {
  try {
    take();
  } catch {
    // It is taken nevertheless: the framework sets it before it says that its time is over or another was announced.
  }
}
