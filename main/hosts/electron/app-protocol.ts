import type { Art } from '../../library/art.ts';
import { ART_CSP, launcherCsp, securityHeaders } from '../content-security.ts';
import { parseArtPath, readRendererFile } from '../renderer-files.ts';
import { APP_HOST, APP_SCHEME } from './window-policy.ts';

/** Registered before the app is ready: an origin of its own, secure, with fetch; no service workers, no CSP bypass. */
export const APP_PRIVILEGES = {
  scheme: APP_SCHEME,
  privileges: { standard: true, secure: true, supportFetchAPI: true },
} as const;

/** Answers `app://gantry/…`: the renderer's files and games' pictures, nothing else. */
export function createAppProtocol(options: {
  readonly rendererFolder: string;
  readonly art: (gameId: string, kind: string) => Promise<Art | null>;
}): (request: Request) => Promise<Response> {
  const headers = securityHeaders(launcherCsp());
  return async (request) => {
    const url = new URL(request.url);
    if (url.host !== APP_HOST) return new Response(null, { status: 404, headers });
    if (request.method !== 'GET') return new Response(null, { status: 405, headers });
    const wanted = parseArtPath(url.pathname);
    const picture = wanted === null ? null : await options.art(wanted.gameId, wanted.kind);
    const file = wanted === null ? await readRendererFile(options.rendererFolder, url.pathname) : picture;
    if (file === null) return new Response(null, { status: 404, headers });
    return new Response(Buffer.from(file.bytes), {
      headers: {
        ...headers,
        'content-type': file.contentType,
        ...(picture === null ? {} : { 'content-security-policy': ART_CSP }),
      },
    });
  };
}
