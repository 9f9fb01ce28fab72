import { abortPackUploads, type PackUploadServices } from './pack-upload.ts';
import { readPush } from './push-session-store.ts';

/**
 * Close pushes nobody went on with, and let go of uploads that will not be finished: half an upload is stored, and
 * paid for, until it is aborted. Packs that arrived whole stay.
 */
export async function expirePushes(services: PackUploadServices): Promise<void> {
  const { database, now } = services;
  await database
    .updateTable('pushSessions')
    .set({ state: 'expired' })
    .where('state', '=', 'open')
    .where('expiresAt', '<=', now())
    .execute();
  const abandoned = await database
    .selectFrom('pushSessions')
    .select('pushSessionId')
    .where('state', 'in', ['expired', 'rejected'])
    .where((expression) =>
      expression.exists(
        expression
          .selectFrom('pushPacks')
          .select('sha256')
          .whereRef('pushPacks.pushSessionId', '=', 'pushSessions.pushSessionId')
          .where('uploadId', 'is not', null),
      ),
    )
    .execute();
  for (const { pushSessionId } of abandoned) {
    await abortPackUploads(services, await readPush(database, pushSessionId));
    await database
      .updateTable('pushPacks')
      .set({ uploadId: null, partBytes: null })
      .where('pushSessionId', '=', pushSessionId)
      .execute();
  }
}
