import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { GameReports } from './game-host.ts';

const heartbeatSchema = z.object({
  elapsedMs: z.number().nonnegative().finite(),
  state: z.string().max(32),
});
const eventSchema = z.object({
  name: z.string().min(1).max(64),
  value: z.union([z.string().max(1024), z.number(), z.boolean(), z.null()]).default(null),
});

/** A game's reports are a few numbers; more is not one of them. */
const BODY_MAX_BYTES = 16 * 1024;
export const ENDPOINT_PREFIX = '/__gantry/';

/**
 * The local endpoint of a running game: `GET session`, `POST heartbeat`, `POST event` below `/__gantry/`.
 * `GET stopped`, which web games have besides, is the web run's own.
 * The caller has already checked that the request comes from the game itself.
 */
export async function serveEndpoint(
  request: IncomingMessage,
  response: ServerResponse,
  reports: GameReports,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://game');
  switch (`${request.method} ${pathname}`) {
    case 'GET /__gantry/session': {
      const session = reports.session();
      return session === null ? sendEmpty(response, 404) : sendJson(response, session);
    }
    case 'POST /__gantry/heartbeat':
      return acceptJson(request, response, heartbeatSchema, () => {
        // That it came is what counts: the run's server notes when it last heard from its page.
      });
    case 'POST /__gantry/event':
      return acceptJson(request, response, eventSchema, reports.onEvent);
    default:
      return sendEmpty(response, 404);
  }
}

async function acceptJson<Value>(
  request: IncomingMessage,
  response: ServerResponse,
  schema: z.ZodType<Value>,
  accept: (value: Value) => void,
): Promise<void> {
  const text = await readBody(request);
  if (text === null) return sendEmpty(response, 413);
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) return sendEmpty(response, 400);
  accept(parsed.data);
  sendEmpty(response, 204);
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes > BODY_MAX_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Refused by the schema.
  }
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

export function sendEmpty(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'cache-control': 'no-store' });
  response.end();
}
