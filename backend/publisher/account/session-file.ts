import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const storedSessionSchema = z.object({
  server: z.string(),
  email: z.string(),
  refreshToken: z.string(),
  accessToken: z.string(),
  accessTokenExpiresAt: z.string(),
});

/** A publisher's session as it lies on disk, readable by its owner only. */
export type StoredSession = z.infer<typeof storedSessionSchema>;

/** Where `gantry` keeps its session: `GANTRY_HOME`, else the system's place for configuration. */
export function findHomeFolder(environment: NodeJS.ProcessEnv): string {
  if (environment['GANTRY_HOME'] !== undefined) return environment['GANTRY_HOME'];
  if (process.platform === 'win32') return join(environment['APPDATA'] ?? homedir(), 'gantry');
  return join(environment['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'gantry');
}

/** The file of the one session `gantry` keeps; signing in elsewhere replaces it. */
export class SessionFile {
  readonly #file: string;

  constructor(homeFolder: string) {
    this.#file = join(homeFolder, 'publisher-session.json');
  }

  async read(): Promise<StoredSession | undefined> {
    try {
      return storedSessionSchema.parse(JSON.parse(await readFile(this.#file, 'utf8')));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Replace the session in one step, so that a stop in the middle leaves the old or the new one. */
  async write(session: StoredSession): Promise<void> {
    await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
    const temporary = `${this.#file}.${process.pid}`;
    await writeFile(temporary, JSON.stringify(session), { mode: 0o600 });
    await rename(temporary, this.#file);
  }

  async remove(): Promise<void> {
    await rm(this.#file, { force: true });
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
