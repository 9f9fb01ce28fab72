import { parseTargetPath, roleOfGame } from '../../patcher/trust/game-targets.ts';
import {
  checkSignatures,
  keysOfDelegation,
  type ManifestTarget,
  parseTrustDocument,
  type SignedTargets,
  type TrustDocument,
} from '../../patcher/trust/trust-document.ts';
import { trustErrors } from '../../patcher/trust/trust-errors.ts';
import { checkGameScope } from '../../patcher/trust/update-repository.ts';
import type { Depot } from '../api/contract.ts';
import { findDepotId, moveChannel } from '../catalogue/channel-store.ts';
import type { DatabaseTransaction } from '../db/database.ts';
import type { JobQueue } from '../jobs/job-queue.ts';
import { announce, publishRepository, type TrustServices } from './announce.ts';
import { repositoryErrors } from './errors.ts';
import { insertRecord, lockRepository, readRecord, readRoot } from './trust-store.ts';

export interface PublishServices extends TrustServices {
  readonly jobs: JobQueue;
}

export interface GamePublication {
  readonly organisationId: string;
  readonly gameId: string;
  readonly accountId: string;
  /** The game's next record, as its publisher signed it. */
  readonly document: Uint8Array;
}

/** A record shall be good for a while: one that ends tomorrow would strand players. */
const LIFETIME_LEFT_MIN_MS = 30 * 86_400_000;

/**
 * Take a game's next record from its publisher: checked against the delegation, one version after the last, and of
 * builds that are there. The channels of the catalogue move with it, in the same transaction.
 * @throws {AppError} `TRUST_*`, `SIGNING_*`
 */
export async function publishGame(services: PublishServices, publication: GamePublication): Promise<void> {
  const { database } = services;
  const { organisationId, gameId } = publication;
  await database.transaction().execute(async (transaction) => {
    await lockRepository(transaction, organisationId);
    const root = await readRoot(transaction);
    const targets = await readRecord(transaction, organisationId, 'targets');
    if (targets === undefined) throw trustErrors.error('TRUST_GAME_UNKNOWN', { gameId });
    const record = await takeGameRecord(transaction, services, targets.signed, publication);
    await moveChannels(transaction, services, publication, record.signed);
    await announce(transaction, services, organisationId, root.signed);
  });
  await publishRepository(services, organisationId);
}

/** Check a game's next record under the delegation that shall hold, and keep it. */
export async function takeGameRecord(
  transaction: DatabaseTransaction,
  { now }: Pick<TrustServices, 'now'>,
  targets: SignedTargets,
  { organisationId, gameId, document }: Omit<GamePublication, 'accountId'>,
): Promise<TrustDocument<'targets'>> {
  const role = roleOfGame(gameId);
  const record = parseTrustDocument('targets', document, role);
  checkGameScope(record.signed, gameId);
  checkSignatures(record, role, keysOfDelegation(targets, gameId));
  const before = await readRecord(transaction, organisationId, role);
  checkNext(role, record.signed.version, before?.signed.version ?? 0);
  checkLifetime(role, record.signed.expires, now());
  checkChannelsKept(before?.signed.targets ?? {}, record.signed.targets);
  await checkBuilds(transaction, gameId, record.signed.targets);
  await insertRecord(transaction, organisationId, {
    role,
    version: record.signed.version,
    bytes: record.bytes,
  });
  return record;
}

/** @throws {AppError} `SIGNING_VERSION_CONFLICT` */
export function checkNext(role: string, offered: number, current: number): void {
  if (offered !== current + 1) {
    throw repositoryErrors.error('SIGNING_VERSION_CONFLICT', { role, offered, current });
  }
}

/** @throws {AppError} `SIGNING_EXPIRY_REFUSED` */
export function checkLifetime(role: string, expires: string, now: Date): void {
  if (Date.parse(expires) - now.getTime() >= LIFETIME_LEFT_MIN_MS) return;
  throw repositoryErrors.error('SIGNING_EXPIRY_REFUSED', { role, expires });
}

type Targets = Readonly<Record<string, ManifestTarget>>;

function checkChannelsKept(before: Targets, after: Targets): void {
  const dropped = Object.keys(before).find(
    (path) => parseTargetPath(path)?.kind === 'channel' && after[path] === undefined,
  );
  if (dropped !== undefined) throw repositoryErrors.error('SIGNING_CHANNEL_DROPPED', { path: dropped });
}

/** Every path names a build of that depot with that very manifest. */
async function checkBuilds(
  transaction: DatabaseTransaction,
  gameId: string,
  targets: Targets,
): Promise<void> {
  const rows = await transaction
    .selectFrom('builds')
    .innerJoin('depots', 'depots.depotId', 'builds.depotId')
    .select(['buildId', 'depot', 'manifestSha256', 'manifestSizeBytes'])
    .where('depots.gameId', '=', gameId)
    .execute();
  const builds = new Map(rows.map((row) => [row.buildId, row]));
  for (const [path, { length, hashes, custom }] of Object.entries(targets)) {
    const refuse = (reason: string) => repositoryErrors.error('SIGNING_TARGET_UNKNOWN', { path, reason });
    const place = parseTargetPath(path);
    const build = builds.get(custom.buildId);
    if (build === undefined || build.depot !== place?.depot) {
      throw refuse(`the depot has no build ${custom.buildId}`);
    }
    const isIts = build.manifestSha256 === hashes.sha256 && build.manifestSizeBytes === length;
    const isNamedSo = place.kind === 'channel' || place.sha256 === hashes.sha256;
    if (!isIts || !isNamedSo) throw refuse(`build ${custom.buildId} has another manifest`);
  }
}

async function moveChannels(
  transaction: DatabaseTransaction,
  { jobs, now }: PublishServices,
  { gameId, accountId }: GamePublication,
  { targets }: SignedTargets,
): Promise<void> {
  for (const [path, { custom }] of Object.entries(targets)) {
    const place = parseTargetPath(path);
    if (place?.kind !== 'channel') continue;
    await moveChannel(transaction, jobs, {
      depotId: await findDepotId(transaction, gameId, place.depot as Depot),
      channel: place.channel,
      buildId: custom.buildId,
      accountId,
      at: now(),
    });
  }
}
