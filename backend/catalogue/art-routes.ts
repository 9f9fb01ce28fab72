import { createHash } from 'node:crypto';
import type { RegisterRoute } from '../api/route-call.ts';
import type { Database } from '../db/database.ts';
import { serviceErrors } from '../errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { readGame } from './game-store.ts';
import { sniffPictureType } from './picture-type.ts';

/** A picture opened as a page of its own must not run anything: SVG may hold scripts. */
const PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/** Outside the depots' prefixes, so that no grant covers it. */
const artKey = (gameId: string, sha256: string) => `art/${gameId}/${sha256}`;

export function artRoutes(
  registerRoute: RegisterRoute,
  { database, store }: { readonly database: Database; readonly store: ObjectStore },
): void {
  registerRoute('putArt', async ({ params: { gameId, kind }, body, tenant }) => {
    const contentType = sniffPictureType(body);
    const sha256 = createHash('sha256').update(body).digest('hex');
    await store.write(artKey(gameId, sha256), body, { contentType, sha256 });
    const picture = { contentType, sha256, sizeBytes: body.length };
    await database
      .insertInto('art')
      .values({ gameId, kind, ...picture })
      .onConflict((conflict) => conflict.columns(['gameId', 'kind']).doUpdateSet(picture))
      .execute();
    return readGame(database, tenant.organisationId, gameId);
  });

  registerRoute('art', async ({ params: { gameId, kind }, setHeader }) => {
    const picture = await database
      .selectFrom('art')
      .select(['contentType', 'sha256'])
      .where('gameId', '=', gameId)
      .where('kind', '=', kind)
      .executeTakeFirst();
    if (picture === undefined) throw serviceErrors.error('NOT_FOUND', { what: 'picture' });
    const { stream } = await store.read(artKey(gameId, picture.sha256));
    setHeader('content-type', picture.contentType);
    setHeader('content-security-policy', PICTURE_POLICY);
    setHeader('etag', `"${picture.sha256}"`);
    setHeader('cache-control', 'public, max-age=300');
    return stream;
  });
}
