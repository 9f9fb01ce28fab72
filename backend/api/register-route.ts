import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { describeProblems } from '../../patcher/input-problems.ts';
import { serviceErrors } from '../errors.ts';
import { type AuthoriseOptions, authenticate, authorise } from './authorise.ts';
import { idempotencyKeySchema, type RouteContract, type RouteName, routes } from './contract.ts';
import type { RateLimiter } from './rate-limits.ts';
import type { RegisterRoute, SignedIn, Tenant } from './route-call.ts';

/** JSON bodies hold no files; the longest are notes and descriptions. */
const JSON_BODY_MAX_BYTES = 256 * 1024;

export interface RegistrarOptions extends AuthoriseOptions {
  readonly limiter: RateLimiter;
}

export interface Registrar {
  readonly registerRoute: RegisterRoute;
  readonly registered: ReadonlySet<RouteName>;
}

interface Caller {
  readonly account?: SignedIn;
  readonly tenant?: Tenant;
}

/**
 * The one way a route comes into being: its method, path, schemas, roles and limits are the contract's.
 * Order: address limit, sign-in, account limit, organisation and role, and only then is the body read.
 */
export function createRegistrar(app: FastifyInstance, options: RegistrarOptions): Registrar {
  const registered = new Set<RouteName>();
  const callers = new WeakMap<FastifyRequest, Caller>();

  const registerRoute: RegisterRoute = (name, handler) => {
    if (registered.has(name)) throw new Error(`route ${name} is registered twice`);
    registered.add(name);
    const route: RouteContract = routes[name];
    app.route({
      method: route.method,
      url: route.path,
      bodyLimit: route.bodyMaxBytes ?? JSON_BODY_MAX_BYTES,
      schema: schemaOf(name, route),
      onRequest: async (request) => {
        await options.limiter.checkAddress(name, request);
        callers.set(request, await identify(options, name, route, request));
      },
      preHandler: async (request) => {
        if (route.body === 'bytes' && !Buffer.isBuffer(request.body)) {
          throw serviceErrors.error('MEDIA_TYPE_UNSUPPORTED');
        }
        await options.limiter.checkBody(name, request);
      },
      handler: async (request, reply) => {
        const call = {
          ...callers.get(request),
          params: request.params,
          query: request.query,
          body: request.body,
          idempotencyKey: route.idempotent ? readIdempotencyKey(request) : undefined,
          ip: request.ip,
          requestId: request.id,
          setHeader: (header: string, value: string) => void reply.header(header, value),
        };
        const answer: unknown = await handler(call as Parameters<typeof handler>[0]);
        return sendAnswer(route, reply, answer);
      },
    });
  };
  return { registerRoute, registered };
}

async function identify(
  options: RegistrarOptions,
  name: RouteName,
  route: RouteContract,
  request: FastifyRequest,
): Promise<Caller> {
  if (route.auth === 'public') return {};
  const account = await authenticate(options, request);
  await options.limiter.checkAccount(name, request, account.accountId);
  if (route.auth === 'account') return { account };
  const params = parseParams(route, request);
  return { account, tenant: await authorise(options.database, route, params, account.accountId) };
}

function parseParams(route: RouteContract, request: FastifyRequest): Record<string, unknown> {
  const parsed = (route.params ?? z.object({})).safeParse(request.params);
  if (!parsed.success) {
    throw serviceErrors.error('INPUT_INVALID', { reason: describeProblems(parsed.error).slice(0, 500) });
  }
  return parsed.data;
}

/** Every answer passes its schema: a field the contract does not name never leaves the service. */
function sendAnswer(route: RouteContract, reply: FastifyReply, answer: unknown): FastifyReply {
  if (route.response === 'empty') return reply.code(204).send();
  if (route.response === 'bytes') return reply.send(answer);
  return reply
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify(route.response.parse(answer)));
}

function readIdempotencyKey(request: FastifyRequest): string {
  const parsed = idempotencyKeySchema.safeParse(request.headers['idempotency-key']);
  if (!parsed.success) throw serviceErrors.error('IDEMPOTENCY_KEY_MISSING');
  return parsed.data;
}

/** For validation and for OpenAPI. */
function schemaOf(name: RouteName, route: RouteContract): Record<string, unknown> {
  return {
    operationId: name,
    summary: route.summary,
    ...(route.auth === 'public' ? { security: [] } : { security: [{ accessToken: [] }] }),
    ...(Array.isArray(route.auth) && { description: `Roles: ${route.auth.join(', ')}.` }),
    ...(route.params && { params: route.params }),
    ...(route.query && { querystring: route.query }),
    ...(route.body && route.body !== 'bytes' && { body: route.body }),
    ...(route.body === 'bytes' && { consumes: ['application/octet-stream'] }),
    response: { 200: typeof route.response === 'string' ? z.any() : route.response },
  };
}
