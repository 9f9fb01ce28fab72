import '@fastify/swagger'; // Its types know `hide`, which keeps the route out of the published API.
import type { FastifyInstance, FastifyPluginCallback } from 'fastify';
import { z } from 'zod';
import { AppError, type ErrorFamily } from '../../patcher/errors.ts';
import type { FileStore } from './file-store.ts';
import { verifyPartAddress } from './upload-signature.ts';

export interface FileStoreRoutesOptions {
  readonly store: FileStore;
  /** The same secret the store signs with. */
  readonly secret: string;
  readonly clock?: () => number;
}

const paramsSchema = z.object({
  uploadId: z.string().regex(/^[0-9a-f]{32}$/),
  number: z.coerce.number().int().min(1),
});
const querySchema = z.object({
  size: z.coerce.number().int().min(0),
  expires: z.coerce.number().int().min(0),
  signature: z.string().max(100),
});
const sha256Header = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .optional();

const STATUS: Partial<Record<ErrorFamily, number>> = {
  auth: 403,
  'not-found': 404,
  input: 400,
  integrity: 422,
  storage: 507,
};

/**
 * Serves the addresses {@link FileStore.presignParts} gives out:
 * `PUT /storage/upload/<uploadId>/<number>?size&expires&signature`, answering with an `etag`.
 * The optional header `x-part-sha256` (hex) has the part refused when it arrived damaged.
 */
export const fileStoreRoutes: FastifyPluginCallback<FileStoreRoutesOptions> = (app, options, done) => {
  const clock = options.clock ?? Date.now;
  app.register((scope: FastifyInstance, _none, scopeDone) => {
    // Parts are streamed, never gathered: every content type passes through as it is.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, next) => next(null, payload));
    scope.put(
      '/storage/upload/:uploadId/:number',
      { schema: { hide: true }, bodyLimit: Number.MAX_SAFE_INTEGER },
      async (request, reply) => {
        try {
          const { uploadId, number } = paramsSchema.parse(request.params);
          const { size, expires, signature } = querySchema.parse(request.query);
          const sha256 = sha256Header.parse(request.headers['x-part-sha256']);
          verifyPartAddress(
            { uploadId, number, sizeBytes: size, expires },
            { signature, secret: options.secret, nowMs: clock() },
          );
          const part = await options.store.uploads.receive(uploadId, number, request.raw, sha256);
          return await reply.code(200).header('etag', `"${part.etag}"`).send();
        } catch (error) {
          // What is left of the body is not worth reading: the connection goes with the answer.
          if (!request.raw.complete) reply.header('connection', 'close');
          if (error instanceof AppError) return reply.code(STATUS[error.family] ?? 503).send(error.toData());
          if (error instanceof z.ZodError) return reply.code(403).send({ code: 'STORAGE_SIGNATURE_INVALID' });
          throw error;
        }
      },
    );
    scopeDone();
  });
  done();
};
