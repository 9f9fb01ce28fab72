import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PROGRAMS = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'ceph', 'monmaptool', 'setpriv'];
const PACKAGES = ['ceph-mon', 'ceph-osd', 'radosgw', 'ceph-common'];
// Other test runs may hold apt's lock for the same reason.
const LOCK = ['-o', 'DPkg::Lock::Timeout=600'];

export type CephFound = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Make sure Ceph's programs are here: as they are, or by apt-get when this is root and `GANTRY_NO_APT` is not set. */
export async function installCeph(): Promise<CephFound> {
  if (process.platform !== 'linux') return { ok: false, reason: 'radosgw runs on Linux only' };
  if (await allPresent(PROGRAMS)) return { ok: true };
  if (process.env['GANTRY_NO_APT'])
    return { ok: false, reason: 'Ceph is not installed and GANTRY_NO_APT forbids installing it' };
  if (process.getuid?.() !== 0)
    return { ok: false, reason: 'Ceph is not installed and only root can install it' };
  if (!(await allPresent(['apt-get'])))
    return { ok: false, reason: 'Ceph is not installed and there is no apt-get' };
  process.stderr.write(`Installing ${PACKAGES.join(', ')} for the S3 tests (about 70 MB)…\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run('apt-get', [...LOCK, 'update', '-q'], { env });
    await run('apt-get', [...LOCK, 'install', '-y', '-q', '--no-install-recommends', ...PACKAGES], {
      env,
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    return {
      ok: false,
      reason: `apt-get could not install Ceph (${error instanceof Error ? error.message.slice(0, 300) : String(error)})`,
    };
  }
  return (await allPresent(PROGRAMS))
    ? { ok: true }
    : { ok: false, reason: 'apt-get installed Ceph without all of its programs' };
}

async function allPresent(programs: readonly string[]): Promise<boolean> {
  const found = await Promise.all(programs.map(isOnPath));
  return found.every(Boolean);
}

async function isOnPath(program: string): Promise<boolean> {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    try {
      await access(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      continue; // Not in this folder.
    }
  }
  return false;
}
