import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createKeySeed, keyIdOf, toTrustKey, type TrustSigner } from '../../../patcher/trust/trust-key.ts';
import { type KeyFile, openKeyFile, parseKeyFile, toKeyFile, toSealedKeyFile } from '../../trust/key-file.ts';
import { ask } from '../account/credentials.ts';
import { publisherErrors } from '../publisher-errors.ts';

export interface NewKey {
  readonly name: string;
  /** Seals the private half; without it the file's mode is all that keeps others out. */
  readonly passphrase?: string | undefined;
}

/** The signing keys of this machine: one file each in the configuration's folder `keys`, for their owner only. */
export class SigningKeys {
  readonly folder: string;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(homeFolder: string, environment: NodeJS.ProcessEnv) {
    this.folder = join(homeFolder, 'keys');
    this.#environment = environment;
  }

  /** Oldest first; a key given by the environment (`GANTRY_SIGNING_KEY`) is the last. */
  async list(): Promise<KeyFile[]> {
    const names = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const files = names.filter((name) => name.endsWith('.json'));
    const keys = await Promise.all(files.map(async (name) => await this.#read(join(this.folder, name))));
    const given = this.#given();
    const stored = keys
      .filter(({ keyId }) => keyId !== given?.keyId)
      .sort((one, other) => (one.createdAt < other.createdAt ? -1 : 1));
    return given === undefined ? stored : [...stored, given];
  }

  /** By the beginning of its id or by its name. @throws {AppError} `CLI_KEY_UNKNOWN` */
  async find(key: string): Promise<KeyFile> {
    const keys = await this.list();
    const found = keys.filter(
      ({ keyId, name }) => name === key || (key.length >= 6 && keyId.startsWith(key)),
    );
    const [only] = found;
    if (only === undefined || found.length > 1) throw publisherErrors.error('CLI_KEY_UNKNOWN', { key });
    return only;
  }

  async create({ name, passphrase }: NewKey): Promise<KeyFile> {
    const seed = createKeySeed().toString('hex');
    const key =
      passphrase === undefined ? toKeyFile(seed, name) : await toSealedKeyFile(seed, name, passphrase);
    await this.#write(key);
    return key;
  }

  /** Know a colleague's key by its public half. */
  async trust(publicHex: string, name: string): Promise<KeyFile> {
    const key: KeyFile = {
      format: 'gantry-key',
      version: 1,
      name,
      keyId: keyIdOf(toTrustKey(publicHex)),
      public: publicHex,
      createdAt: new Date().toISOString(),
      private: { kind: 'none' },
    };
    await this.#write(key);
    return key;
  }

  fileOf({ keyId }: KeyFile): string {
    return join(this.folder, `${keyId.slice(0, 16)}.json`);
  }

  /** Open a key, with the passphrase from `GANTRY_KEY_PASSPHRASE` or the terminal where it has one. */
  async open(key: KeyFile): Promise<TrustSigner> {
    return await openKeyFile(
      key,
      async ({ name }) =>
        this.#environment['GANTRY_KEY_PASSPHRASE'] ??
        (await ask(`Passphrase of the key "${name}": `, 'passphrase', true)),
    );
  }

  /** A build machine has no folder that lasts: its key is a secret of its environment, as a seed or a whole key file. */
  #given(): KeyFile | undefined {
    const text = this.#environment['GANTRY_SIGNING_KEY']?.trim();
    if (text === undefined || text === '') return undefined;
    if (/^[0-9a-f]{64}$/.test(text)) return toKeyFile(text, 'GANTRY_SIGNING_KEY');
    return parseKeyFile(text, 'GANTRY_SIGNING_KEY');
  }

  async #read(file: string): Promise<KeyFile> {
    return parseKeyFile(await readFile(file, 'utf8'), file);
  }

  /** A key that is there already stays: nothing here replaces a private half. */
  async #write(key: KeyFile): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const file = this.fileOf(key);
    const known = (await this.list()).some(({ keyId }) => keyId === key.keyId);
    if (known) throw publisherErrors.error('CLI_FILE_EXISTS', { file });
    const temporary = `${file}.${process.pid}`;
    try {
      await writeFile(temporary, `${JSON.stringify(key, null, 2)}\n`, { mode: 0o600, flush: true });
      await rename(temporary, file);
    } finally {
      await rm(temporary, { force: true });
    }
  }
}
