import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { flushFolder, writeDurably } from '../install/disk/durable-files.ts';
import { parseTrustDocument, type TrustDocument } from './trust-document.ts';
import { trustErrors } from './trust-errors.ts';

/** What was last verified of one organisation's repository, as the documents' own texts. */
const storedRepositorySchema = z.strictObject({
  format: z.literal('gantry-trust'),
  /** The keys of timestamp and snapshot it was verified with; see {@link onlineKeysOf}. */
  onlineKeys: z.string(),
  timestamp: z.string(),
  snapshot: z.string(),
  targets: z.string(),
  /** Targets of games by their role, as far as they were asked for. */
  games: z.record(z.string(), z.string()),
});
export type StoredRepository = z.infer<typeof storedRepositorySchema>;

/**
 * The launcher's memory of what it has verified, in a folder of its own outside every game. Each file is replaced
 * whole (temporary file, fsync, rename, fsync of the folder): after a crash it holds the state before or the one after.
 */
export class TrustState {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The newest root that was verified, or undefined where none was kept or what was kept is no root. */
  async readRoot(): Promise<TrustDocument<'root'> | undefined> {
    const text = await this.#read('root.json');
    return text === undefined ? undefined : whole(() => parseTrustDocument('root', Buffer.from(text)));
  }

  async writeRoot(root: TrustDocument<'root'>): Promise<void> {
    await this.#write('root.json', root.bytes);
  }

  /** Damage reads as nothing: what is fetched in its place is verified against the root like all else. */
  async readRepository(scope: string): Promise<StoredRepository | undefined> {
    const text = await this.#read(`repository-${scope}.json`);
    return text === undefined ? undefined : whole(() => storedRepositorySchema.parse(JSON.parse(text)));
  }

  async writeRepository(scope: string, repository: StoredRepository): Promise<void> {
    await this.#write(`repository-${scope}.json`, JSON.stringify(repository));
  }

  async #read(name: string): Promise<string | undefined> {
    try {
      return await readFile(path.join(this.#folder, name), 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw trustErrors.error('TRUST_STATE_NOT_WRITABLE', { folder: this.#folder }, error);
    }
  }

  /** @throws {AppError} `TRUST_STATE_NOT_WRITABLE`: what cannot be remembered is not relied on. */
  async #write(name: string, content: Uint8Array | string): Promise<void> {
    try {
      const made = await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      if (made !== undefined) await flushFolder(path.dirname(made));
      await writeDurably(path.join(this.#folder, name), content);
    } catch (error) {
      throw trustErrors.error('TRUST_STATE_NOT_WRITABLE', { folder: this.#folder }, error);
    }
  }
}

function whole<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
