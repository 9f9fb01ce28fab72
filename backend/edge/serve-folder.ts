import { randomBytes } from 'node:crypto';
import { unwatchFile, watchFile } from 'node:fs';
import { type KeyRing, readKeyRing, trustedKeys } from '../delivery/key-ring.ts';
import { FileStore } from '../storage/file-store.ts';
import { AccessLogWriter } from './access-log-writer.ts';
import { createEdge } from './edge.ts';

export interface ServeFolderOptions {
  readonly objectsFolder: string;
  readonly keyRingFile: string;
  readonly accessLogFolder: string;
  readonly host: string;
  readonly port: number;
  readonly location: string;
  /** Told when a changed key ring cannot be read; the edge goes on with the keys it has. */
  readonly onKeyRingError?: (error: unknown) => void;
}

export interface ServingEdge {
  /** Without a trailing slash. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** How soon a rotated key is trusted. */
const KEY_RING_LOOK_MS = 2_000;

/**
 * Run the edge over a file store's folder, apart from the service.
 * @throws {AppError} `KEY_RING_INVALID` when there is no usable key ring to begin with.
 */
export async function serveFolder(options: ServeFolderOptions): Promise<ServingEdge> {
  let ring: KeyRing = await readKeyRing(options.keyRingFile);
  const reread = async (): Promise<void> => {
    try {
      ring = await readKeyRing(options.keyRingFile);
    } catch (error) {
      options.onKeyRingError?.(error);
    }
  };
  const onChange = (): void => void reread();
  // Uploads are the service's: nothing this store signs is ever accepted, so its secret may be any.
  const store = new FileStore({
    folder: options.objectsFolder,
    secret: randomBytes(32).toString('hex'),
    publicUrl: () => '',
  });
  const edge = createEdge({
    store,
    keys: () => trustedKeys(ring),
    accessLog: new AccessLogWriter({ folder: options.accessLogFolder }),
    location: options.location,
  });
  const url = await edge.listen({ host: options.host, port: options.port });
  watchFile(options.keyRingFile, { interval: KEY_RING_LOOK_MS, persistent: false }, onChange);
  return {
    url,
    close: async () => {
      unwatchFile(options.keyRingFile, onChange);
      await edge.close();
    },
  };
}
