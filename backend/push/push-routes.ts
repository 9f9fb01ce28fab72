import type { RegisterRoute } from '../api/route-call.ts';
import { type CommitServices, commitPush } from './commit-push.ts';
import { locateChunks } from './locate-chunks.ts';
import { abortPackUploads, beginPackUpload, completePackUpload } from './pack-upload.ts';
import { beginPush, readPush, readPushSession, touchOpenPush } from './push-session-store.ts';

export function pushRoutes(registerRoute: RegisterRoute, services: CommitServices): void {
  const { database, now } = services;
  const read = (pushSessionId: string) => readPushSession(database, pushSessionId, now());

  registerRoute('beginPush', async ({ account, params, body }) => {
    const push = { ...params, accountId: account.accountId, now: now() };
    return read(await beginPush(database, { ...push, ...body }));
  });

  registerRoute('pushSession', async ({ params }) => read(params.pushSessionId));

  registerRoute('abandonPush', async ({ params }) => {
    const { numUpdatedRows } = await database
      .updateTable('pushSessions')
      .set({ state: 'expired' })
      .where('pushSessionId', '=', params.pushSessionId)
      .where('state', '=', 'open')
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return;
    await abortPackUploads(services, await readPush(database, params.pushSessionId));
  });

  registerRoute('locateChunks', async ({ params, body }) => locateChunks(database, params, body));

  registerRoute('uploadPack', async ({ params, body }) => {
    const push = await touchOpenPush(database, params.pushSessionId, now());
    return beginPackUpload(services, push, { sha256: params.packSha256, sizeBytes: body.sizeBytes });
  });

  registerRoute('completePack', async ({ params }) => {
    const push = await touchOpenPush(database, params.pushSessionId, now());
    await completePackUpload(services, push, params.packSha256);
  });

  registerRoute('commitPush', async ({ params, body }) => {
    await commitPush(services, params.pushSessionId, body);
    return read(params.pushSessionId);
  });
}
