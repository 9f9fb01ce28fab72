import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { type FaultList, faultRuleSchema } from './faults.ts';

const PATH = '/.edge/faults';
const BODY_MAX_BYTES = 64 * 1024;

/** No object can have this path: a key's segment never begins with a dot. */
export function isAdminPath(target: string): boolean {
  return target === PATH || target.startsWith(`${PATH}/`);
}

/** `GET` lists the faults, `POST` adds one, `DELETE` removes all, or one by its id as the last segment. */
export async function answerAdmin(
  request: IncomingMessage,
  response: ServerResponse,
  { faults, token }: { faults: FaultList; token: string },
): Promise<void> {
  const send = (status: number, value: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
  if (!isToken(request.headers.authorization ?? '', token))
    return send(401, { error: 'wrong or missing token' });
  const id = (request.url ?? '').slice(PATH.length + 1);
  if (request.method === 'GET') return send(200, { faults: faults.list() });
  if (request.method === 'DELETE' && id === '') {
    faults.clear();
    return send(200, { faults: [] });
  }
  if (request.method === 'DELETE')
    return faults.remove(id) ? send(200, { faults: faults.list() }) : send(404, { error: 'no such fault' });
  if (request.method !== 'POST') return send(405, { error: 'GET, POST or DELETE' });
  if (!(Number(request.headers['content-length']) <= BODY_MAX_BYTES))
    return send(413, { error: 'too large, or of unknown length' });
  const rule = faultRuleSchema.safeParse(parseJson(await text(request)));
  return rule.success ? send(201, { id: faults.add(rule.data) }) : send(400, { error: rule.error.issues });
}

function isToken(authorization: string, token: string): boolean {
  // Hashes have one length, so the comparison tells nothing of the token's.
  const digest = (value: string): Buffer => createHash('sha256').update(value).digest();
  return timingSafeEqual(digest(authorization), digest(`Bearer ${token}`));
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // Fails the schema, which says so.
  }
}
