import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A folder over HTTP on this machine, whole files and ranges, the same for every tool. */
export async function serveFolder(folder: string): Promise<{ baseUrl: string; close: () => void }> {
  const server = createServer((request, response) => {
    answer(folder, request.url ?? '/', request.headers.range, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  folder: string,
  url: string,
  range: string | undefined,
  response: ServerResponse,
): Promise<void> {
  const file = join(folder, decodeURIComponent(new URL(url, 'http://localhost').pathname));
  const stats = await stat(file).catch(() => undefined);
  if (stats?.isFile() !== true) {
    response.writeHead(404).end();
    return;
  }
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  const start = Number(first ?? 0);
  const end = Math.min(Number(last ?? stats.size - 1), stats.size - 1);
  response.writeHead(range === undefined ? 200 : 206, {
    'content-length': String(stats.size === 0 ? 0 : end - start + 1),
    ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${stats.size}` }),
  });
  if (stats.size === 0) response.end();
  else createReadStream(file, { start, end, highWaterMark: 2 ** 18 }).pipe(response);
}
