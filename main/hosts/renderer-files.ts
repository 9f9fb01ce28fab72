import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf } from '../profile/document.ts';
import { contentTypeOf } from '../play/web-content.ts';

export interface RendererFile {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/** A path of the renderer's build: plain names below the root, nothing that climbs, hides or escapes. */
const SAFE_PATH = /^\/(?:[\w-][\w.-]*\/)*[\w-][\w.-]*$/;

/**
 * A file of the renderer's build for a request's path; `/` is `index.html`.
 * @returns null for anything that is not a file below the folder.
 */
export async function readRendererFile(folder: string, pathname: string): Promise<RendererFile | null> {
  const wanted = pathname === '/' ? '/index.html' : pathname;
  if (!SAFE_PATH.test(wanted)) return null;
  try {
    const root = await realpath(folder);
    const file = await realpath(path.join(root, ...wanted.slice(1).split('/')));
    // A link in the folder must not lead out of it.
    if (!file.startsWith(root + path.sep)) return null;
    return { bytes: await readFile(file), contentType: contentTypeOf(file) };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errnoOf(error) ?? '')) return null;
    throw error;
  }
}

/** `/art/<game>/<kind>` as its parts, or null for another path. */
export function parseArtPath(pathname: string): { gameId: string; kind: string } | null {
  const match = /^\/art\/([a-z0-9][a-z0-9-]{0,62}[a-z0-9])\/([a-z0-9-]{1,16})$/.exec(pathname);
  return match?.[1] === undefined || match[2] === undefined ? null : { gameId: match[1], kind: match[2] };
}
