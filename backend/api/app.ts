import { randomUUID } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { serviceErrors } from '../errors.ts';
import { registerOpenApi } from './openapi.ts';
import { toProblemAnswer } from './problem.ts';
import { createRateLimiter, type RateLimits } from './rate-limits.ts';
import { createRegistrar, type Registrar, type RegistrarOptions } from './register-route.ts';

export interface AppOptions extends Omit<RegistrarOptions, 'limiter'> {
  readonly version: string;
  readonly limits: RateLimits;
  /** Believe `X-Forwarded-For`; only behind a proxy that sets it. */
  readonly trustProxy?: boolean;
  /** Told of errors that are the service's own fault. */
  readonly onFault: (error: unknown, requestId: string) => void;
}

export interface App {
  readonly fastify: FastifyInstance;
  readonly registrar: Registrar;
}

/** An HTTP server with the API's manners and no routes yet. */
export async function createApp(options: AppOptions): Promise<App> {
  const app = fastify({
    logger: false,
    genReqId: () => randomUUID(),
    trustProxy: options.trustProxy ?? false,
    // Set by hand below, so that a caller cannot choose it.
    requestIdHeader: false,
    forceCloseConnections: 'idle',
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  handleErrors(app, options.onFault);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
  });
  await app.register(rateLimit, { global: false });
  await registerOpenApi(app, options.version);
  const limiter = createRateLimiter(app, options.limits);
  return { fastify: app, registrar: createRegistrar(app, { ...options, limiter }) };
}

function handleErrors(app: FastifyInstance, onFault: AppOptions['onFault']): void {
  app.setErrorHandler((error, request, reply) => {
    const tooLarge = (error as { code?: string }).code === 'FST_ERR_CTP_BODY_TOO_LARGE';
    const known = tooLarge
      ? serviceErrors.error('BODY_TOO_LARGE', { maxBytes: request.routeOptions.bodyLimit }, error)
      : error;
    const { status, problem, headers } = toProblemAnswer(known, request.id);
    if (status >= 500) onFault(error, request.id);
    return reply
      .code(status)
      .headers(headers)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(problem));
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    const { status, problem } = toProblemAnswer(
      serviceErrors.error('ROUTE_UNKNOWN', { method: request.method, path }),
      request.id,
    );
    return reply
      .code(status)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(JSON.stringify(problem));
  });
}
