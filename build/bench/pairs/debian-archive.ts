import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BenchProblem } from '../bench-problem.ts';
import { runTool } from './run-tool.ts';

const NEXT =
  'Pairs of Debian packages need a Debian whose apt reaches its mirror; or give them as archives with --data.';

/** Older and newer releases than the machine's own; one that a mirror has no longer is left out. */
const SUITES = ['bookworm', 'trixie', 'sid'];

/**
 * The Debian mirror this machine already uses, seen through an apt of our own: other releases, nothing of the system's
 * lists or settings changed, nothing installed.
 */
export class DebianArchive {
  private readonly options: readonly string[];
  private readonly downloads: string;

  private constructor(options: readonly string[], downloads: string) {
    this.options = options;
    this.downloads = downloads;
  }

  /** @param folder kept between runs: package lists and downloaded packages. */
  static async open(folder: string): Promise<DebianArchive> {
    const downloads = join(folder, 'packages');
    await mkdir(join(folder, 'state', 'lists', 'partial'), { recursive: true });
    await mkdir(join(folder, 'cache', 'archives', 'partial'), { recursive: true });
    await mkdir(downloads, { recursive: true });
    const sources = join(folder, 'sources.list');
    await writeFile(sources, describeSources(await findMirror()));
    const settings = {
      'Dir::Etc::sourcelist': sources,
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::State': join(folder, 'state'),
      'Dir::State::status': '/dev/null',
      'Dir::Cache': join(folder, 'cache'),
      // Container images switch these off; without them every call reads all lists anew.
      'Dir::Cache::pkgcache': 'pkgcache.bin',
      'Dir::Cache::srcpkgcache': 'srcpkgcache.bin',
      // Programs for one machine, so that every machine compares the same bytes.
      'APT::Architecture': 'amd64',
      'APT::Architectures': 'amd64',
      'APT::Sandbox::User': '',
      'Acquire::Languages': 'none',
      'Acquire::Retries': '3',
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    await runTool('apt-get', [...options, '-qq', 'update'], { next: NEXT });
    return new DebianArchive(options, downloads);
  }

  /**
   * Fetch one package.
   * @param wanted its version; when the archive has it no longer, what `suite` has now is taken.
   * @returns the file and the version it is.
   */
  async fetch(name: string, wanted: string, suite: string): Promise<{ file: string; version: string }> {
    const listed = await runTool('apt-cache', [...this.options, 'madison', name], { next: NEXT });
    const version = chooseVersion(parseMadison(listed), wanted, suite);
    if (version === undefined) throw new BenchProblem(`The mirror has no "${name}" in ${suite}.`, NEXT);
    const request = [`${name}=${version}`];
    const printed = await runTool('apt-get', [...this.options, '--print-uris', 'download', ...request], {
      next: NEXT,
    });
    const file = /^'[^']*' (\S+) /m.exec(printed)?.[1];
    if (file === undefined) throw new BenchProblem(`apt does not say where "${name}" is.`, NEXT);
    await runTool('apt-get', [...this.options, '-qq', 'download', ...request], {
      next: NEXT,
      cwd: this.downloads,
    });
    return { file: join(this.downloads, file), version };
  }
}

interface ListedVersion {
  readonly version: string;
  readonly suite: string;
}

/** Read `apt-cache madison`: `name | version | mirror suite/component …`. */
export function parseMadison(text: string): ListedVersion[] {
  return text.split('\n').flatMap((row) => {
    const [, version, place] = row.split('|').map((cell) => cell.trim());
    const suite = /\s([\w-]+)\//.exec(` ${place?.split(' ').slice(1).join(' ') ?? ''}`)?.[1];
    return version === undefined || suite === undefined ? [] : [{ version, suite }];
  });
}

/** The wanted version wherever it is, else the suite's own. */
export function chooseVersion(
  listed: readonly ListedVersion[],
  wanted: string,
  suite: string,
): string | undefined {
  if (listed.some((one) => one.version === wanted)) return wanted;
  return listed.find((one) => one.suite === suite)?.version;
}

/** The first mirror of releases (not of updates or security) in the machine's own sources. */
async function findMirror(): Promise<string> {
  const format = '$(SITE) $(RELEASE)';
  const targets = await runTool('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'], {
    next: NEXT,
  });
  const mirror = parseTargets(targets);
  if (mirror === undefined) throw new BenchProblem('No Debian mirror is configured here.', NEXT);
  return mirror;
}

/** Read lines of site and release. */
export function parseTargets(text: string): string | undefined {
  for (const row of text.split('\n')) {
    const [site = '', release = ''] = row.trim().split(/\s+/);
    if (/\/debian\/?$/.test(site) && /^[a-z]+$/.test(release)) return site;
  }
  return undefined;
}

/** Signed by the keys that the machine trusts for its own releases. */
function describeSources(site: string): string {
  return SUITES.map((suite) => `deb ${site} ${suite} main\n`).join('');
}
