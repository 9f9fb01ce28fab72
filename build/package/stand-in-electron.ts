import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { NtExecutable, NtExecutableResource, Resource } from 'resedit';

/** Electron's fuse wire as a built binary carries it: sentinel, version 1, nine fuses at their defaults. */
const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const FUSES_DEFAULT = '101100011';

/** The version the stand-in claims to be: that of the installed npm package. */
export interface StandIn {
  readonly folder: string;
  readonly platform: 'linux' | 'win32';
  readonly version: string;
}

/**
 * Make a folder that electron-builder takes for Electron's distribution, where the real one cannot be downloaded.
 * It cannot run; everything packing does to it can be checked.
 */
export async function writeStandIn({ folder, platform, version }: StandIn): Promise<void> {
  await mkdir(path.join(folder, 'locales'), { recursive: true });
  await mkdir(path.join(folder, 'resources'), { recursive: true });
  await writeFile(path.join(folder, 'locales', 'en-US.pak'), 'pak');
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'version'])
    await writeFile(path.join(folder, name), version);
  const name = platform === 'linux' ? 'electron' : 'electron.exe';
  const wire = Buffer.concat([
    Buffer.from(FUSE_SENTINEL),
    Buffer.from([1, FUSES_DEFAULT.length]),
    Buffer.from(FUSES_DEFAULT),
  ]);
  const program = platform === 'linux' ? Buffer.from('\u007fELF stand-in ') : makeWindowsProgram(version);
  await writeFile(path.join(folder, name), Buffer.concat([program, wire]), { mode: 0o755 });
}

/** The smallest Windows program with the version resource that packing reads and rewrites. */
function makeWindowsProgram(version: string): Buffer {
  const program = NtExecutable.createEmpty(false, false);
  const resources = NtExecutableResource.from(program);
  const info = Resource.VersionInfo.createEmpty();
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  info.setFileVersion(major, minor, patch, 0, 1033);
  info.setStringValues(
    { lang: 1033, codepage: 1200 },
    { ProductName: 'Electron', FileDescription: 'Electron', FileVersion: version },
  );
  info.outputToResourceEntries(resources.entries);
  resources.outputResource(program);
  return Buffer.from(program.generate());
}

/** The fuses of a packed program, one character each in Electron's order: `0`, `1` or `r` for removed. */
export function readFuses(program: Buffer): string {
  const at = program.indexOf(FUSE_SENTINEL);
  if (at === -1) throw new Error('the program carries no fuse wire');
  const wire = program.subarray(at + FUSE_SENTINEL.length);
  return wire.subarray(2, 2 + (wire[1] ?? 0)).toString('latin1');
}
