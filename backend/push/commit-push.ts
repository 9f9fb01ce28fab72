import { createHash } from 'node:crypto';
import type { Manifest } from '../../patcher/formats/manifest.ts';
import { parseManifest } from '../../patcher/formats/manifest-format.ts';
import type { Database, DatabaseTransaction } from '../db/database.ts';
import { objectKey } from '../delivery/object-path.ts';
import { serviceErrors } from '../errors.ts';
import type { JobQueue } from '../jobs/job-queue.ts';
import type { UploadStore } from '../storage/object-store.ts';
import { readDepotPacks } from './depot-packs.ts';
import { pushErrors } from './errors.ts';
import { type PushRow, readPush } from './push-session-store.ts';

export interface CommitServices {
  readonly database: Database;
  readonly store: UploadStore;
  readonly jobs: JobQueue;
  readonly now: () => Date;
}

/** Where a manifest waits until its build is verified; no grant reaches it. */
export function stagedManifestKey(pushSessionId: string): string {
  return `staging/push/${pushSessionId}/manifest`;
}

/**
 * Take a push's manifest: the build exists at once if the depot had it before, else once the verification is through.
 * Committing the same manifest again changes nothing. Whatever is refused leaves the push open.
 * @throws {AppError} `FORMAT_*`, `PATH_*`, `LINK_*`, `PUSH_PACK_MISSING`, `PUSH_NOT_OPEN`
 */
export async function commitPush(
  services: CommitServices,
  pushSessionId: string,
  bytes: Buffer,
): Promise<void> {
  const manifestSha256 = createHash('sha256').update(bytes).digest('hex');
  const push = await readPush(services.database, pushSessionId);
  if (isSameCommit(push, manifestSha256)) return;
  assertOpen(push, services.now());
  const manifest = parseManifest(bytes);
  const packsTotal = await checkPacks(services, push, manifest);
  await services.store.write(stagedManifestKey(pushSessionId), bytes, { sha256: manifestSha256 });
  await services.database.transaction().execute(async (transaction) => {
    await lockPush(transaction, pushSessionId);
    const locked = await readPush(transaction, pushSessionId);
    if (isSameCommit(locked, manifestSha256)) return;
    assertOpen(locked, services.now());
    const existing = await findSameBuild(transaction, locked.depotId, manifestSha256);
    if (existing !== undefined) {
      await finishPush(transaction, locked, existing, true);
      return;
    }
    await transaction
      .updateTable('pushSessions')
      .set({ state: 'verifying', manifestSha256, packsTotal, packsVerified: 0 })
      .where('pushSessionId', '=', pushSessionId)
      .execute();
    await services.jobs.enqueue('verify-push', { pushSessionId }, { transaction });
  });
}

function isSameCommit(push: PushRow, manifestSha256: string): boolean {
  const isCommitted = push.state === 'verifying' || push.state === 'committed';
  return isCommitted && push.manifestSha256 === manifestSha256;
}

function assertOpen(push: PushRow, now: Date): void {
  const state = push.state === 'open' && push.expiresAt <= now ? 'expired' : push.state;
  if (state !== 'open') throw pushErrors.error('PUSH_NOT_OPEN', { state });
}

/** @returns how many packs are new to the depot. @throws {AppError} `PUSH_PACK_MISSING` */
async function checkPacks(
  { database, store }: CommitServices,
  push: PushRow,
  manifest: Manifest,
): Promise<number> {
  const known = await readDepotPacks(database, push.depotId, manifest);
  const added = manifest.packs.filter((pack) => !known.has(pack.sha256));
  for (const { sha256, sizeBytes } of added) {
    const stored = await store.head(objectKey(push, 'pack', sha256));
    if (stored?.sizeBytes !== sizeBytes) throw pushErrors.error('PUSH_PACK_MISSING', { pack: sha256 });
  }
  return added.length;
}

export async function lockPush(transaction: DatabaseTransaction, pushSessionId: string): Promise<void> {
  const locked = await transaction
    .selectFrom('pushSessions')
    .select('pushSessionId')
    .where('pushSessionId', '=', pushSessionId)
    .forUpdate()
    .executeTakeFirst();
  if (locked === undefined) throw serviceErrors.error('NOT_FOUND', { what: 'push session' });
}

export async function findSameBuild(
  transaction: DatabaseTransaction,
  depotId: number,
  manifestSha256: string,
): Promise<number | undefined> {
  const build = await transaction
    .selectFrom('builds')
    .select('buildId')
    .where('depotId', '=', depotId)
    .where('manifestSha256', '=', manifestSha256)
    .executeTakeFirst();
  return build?.buildId;
}

/** The push's last step: its build is known. It goes live when its publisher signs that it does. */
export async function finishPush(
  transaction: DatabaseTransaction,
  push: PushRow,
  buildId: number,
  existing: boolean,
): Promise<void> {
  await transaction
    .updateTable('pushSessions')
    .set({ state: 'committed', buildId, existing })
    .where('pushSessionId', '=', push.pushSessionId)
    .execute();
}
