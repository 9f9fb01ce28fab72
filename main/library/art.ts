import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isMissing, writeAtomically } from '../profile/document.ts';
import type { LibraryService } from './library.ts';

export interface ArtPorts {
  readonly profileFolder: string;
  readonly serviceUrl: string;
  readonly fetch: typeof globalThis.fetch;
  readonly library: Pick<LibraryService, 'serviceGame'>;
}

export interface Art {
  readonly bytes: Uint8Array;
  readonly contentType: string;
}

/** The largest picture the service takes is 4 MiB; more than twice that is not a picture of ours. */
const ART_MAX_BYTES = 8 * 1024 * 1024;
const KINDS = ['cover', 'hero', 'icon', 'screenshot-1', 'screenshot-2', 'screenshot-3'] as const;
type ArtKind = (typeof KINDS)[number];

/**
 * Games' pictures on the host's own origin, kept in the profile so that they show offline.
 * Fetched once per run and game version of the picture; the kept copy serves when the service cannot.
 */
export function createArt(ports: ArtPorts): (gameId: string, kind: string) => Promise<Art | null> {
  const fetched = new Map<string, Promise<Art | null>>();

  const fetchArt = async (url: URL): Promise<Art | null> => {
    try {
      const response = await ports.fetch(url, { signal: AbortSignal.timeout(10_000) });
      if (!response.ok) return null;
      const bytes = new Uint8Array(await response.arrayBuffer());
      const contentType = bytes.length <= ART_MAX_BYTES ? sniffPicture(bytes) : null;
      return contentType === null ? null : { bytes, contentType };
    } catch {
      return null; // Offline: the kept copy, or the renderer's drawn placeholder.
    }
  };

  return async (gameId, kind) => {
    const servicePath = isKind(kind) ? ports.library.serviceGame(gameId)?.art[kind] : undefined;
    if (servicePath === undefined) return null;
    const url = new URL(servicePath, ports.serviceUrl);
    // A service may not send the launcher to other hosts for pictures.
    if (url.origin !== new URL(ports.serviceUrl).origin) return null;
    const name = createHash('sha256').update(url.href).digest('hex').slice(0, 32);
    const file = path.join(ports.profileFolder, 'art', name);
    let pending = fetched.get(name);
    if (pending === undefined) {
      pending = fetchArt(url).then(async (art) => {
        if (art === null) fetched.delete(name);
        else await writeAtomically(file, art.bytes);
        return art;
      });
      fetched.set(name, pending);
    }
    return (await pending) ?? (await readKept(file));
  };
}

function isKind(kind: string): kind is ArtKind {
  return (KINDS as readonly string[]).includes(kind);
}

async function readKept(file: string): Promise<Art | null> {
  try {
    const bytes = await readFile(file);
    const contentType = sniffPicture(bytes);
    return contentType === null ? null : { bytes, contentType };
  } catch (cause) {
    if (isMissing(cause)) return null;
    throw cause;
  }
}

/** The type of a picture by its first bytes; null for anything that is not one of the four kinds the service takes. */
export function sniffPicture(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.subarray(0, 512));
  if (head.subarray(0, 8).equals(Buffer.from('89504e470d0a1a0a', 'hex'))) return 'image/png';
  if (head.subarray(0, 3).equals(Buffer.from('ffd8ff', 'hex'))) return 'image/jpeg';
  if (head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP')
    return 'image/webp';
  return /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[^]*?-->\s*)?<svg[\s>]/.test(head.toString('utf8'))
    ? 'image/svg+xml'
    : null;
}
