import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstat, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateSampleGame, samples } from './generate-samples.ts';
import type { SampleBuild } from './sample-game.ts';

const run = promisify(execFile);
const blockBytes = 65536;
let root = '';
const builds = new Map<string, SampleBuild>();

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'gantry-samples-'));
  for (const game of samples) {
    for (const { depot } of game.depots) {
      for (const version of [1, 2] as const) {
        const name = `${game.gameId}-${depot}-${version}`;
        const outDir = path.join(root, name);
        builds.set(name, await generateSampleGame({ game: game.gameId, depot, version, outDir }));
      }
    }
  }
});

afterAll(() => rm(root, { recursive: true, force: true }));

describe('every build', () => {
  it('is the same for the same seed, and another for another', async () => {
    const again = path.join(root, 'again');
    const other = path.join(root, 'other');
    await generateSampleGame({ game: 'orrery', depot: 'linux', version: 2, outDir: again });
    await generateSampleGame({ game: 'knotwork', version: 1, outDir: other, seed: 'else' });
    const skylark = path.join(root, 'skylark-again');
    await generateSampleGame({ game: 'skylark', version: 2, outDir: skylark });
    expect(await digestTree(again)).toBe(await digestTree(path.join(root, 'orrery-linux-2')));
    expect(await digestTree(skylark)).toBe(await digestTree(path.join(root, 'skylark-web-2')));
    expect(await digestTree(other)).not.toBe(await digestTree(path.join(root, 'knotwork-web-1')));
  });

  it('has plain paths that stay in the tree and differ by more than case', async () => {
    for (const { outDir } of builds.values()) {
      const paths = (await listTree(outDir)).map((entry) => entry.at);
      for (const at of paths) {
        expect(at.split('/')).not.toContain('..');
        expect(at).not.toMatch(/[\\:*?"<>|]|[. ]$|[. ]\/|^\//);
        expect(at).toBe(at.normalize('NFC'));
      }
      expect(new Set(paths.map((at) => at.toLowerCase())).size).toBe(paths.length);
    }
  });

  it('has its launch targets, an executable one where the system starts it', async () => {
    for (const { outDir, launchTargets } of builds.values()) {
      for (const target of launchTargets) {
        const { mode } = await lstat(path.join(outDir, target.path));
        expect(mode & 0o777).toBe(target.kind === 'native' ? 0o755 : 0o644);
      }
    }
  });

  it('has pages that need no inline code or style', async () => {
    for (const { outDir, depot } of builds.values()) {
      if (depot !== 'web') continue;
      const page = await readFile(path.join(outDir, 'index.html'), 'utf8');
      expect(page).not.toMatch(/<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|https?:/i);
    }
  });

  it('weighs what a sample of its kind should', () => {
    for (const { gameId, sizeBytes } of builds.values()) {
      const [low, high] = gameId === 'skylark' ? [20e6, 40e6] : [4e6, 12.5e6];
      expect(sizeBytes).toBeGreaterThan(low);
      expect(sizeBytes).toBeLessThan(high);
    }
  });
});

describe('the update of Skylark', () => {
  it('moves the title music without changing a byte', async () => {
    const old = await readFile(inBuild('skylark-web-1', 'music/title.wav'));
    expect(old.equals(await readFile(inBuild('skylark-web-2', 'music/themes/title.wav')))).toBe(true);
    await expect(lstat(inBuild('skylark-web-2', 'music/title.wav'))).rejects.toThrow('ENOENT');
  });

  it('re-orders the pack: most old blocks are in the new one, at other offsets', async () => {
    const old = await readFile(inBuild('skylark-web-1', 'assets.pak'));
    const next = await readFile(inBuild('skylark-web-2', 'assets.pak'));
    // Every third block tells as much as all of them in a third of the time.
    const stride = blockBytes * 3;
    const offsets = Array.from({ length: Math.floor(old.length / stride) }, (_, block) => block * stride);
    const found = offsets.map((offset) => next.indexOf(old.subarray(offset, offset + blockBytes)));
    const moved = found.filter((at, block) => at >= 0 && at !== offsets[block]);
    expect(moved.length / offsets.length).toBeGreaterThan(0.8);
    expect(next.length - old.length).toBeGreaterThan(4 << 20);
  });

  it('deletes one file, adds others, rebuilds the code and turns the link', async () => {
    const old = (await listTree(inBuild('skylark-web-1', ''))).map((entry) => entry.at);
    const next = (await listTree(inBuild('skylark-web-2', ''))).map((entry) => entry.at);
    expect(old.filter((at) => !next.includes(at))).toEqual(['extras/known-issues.txt', 'music/title.wav']);
    expect(next).toEqual(expect.arrayContaining(['js/aurora.js', 'manual/1.1/manual.txt', 'replays/']));
    expect(await readlink(inBuild('skylark-web-1', 'manual/latest.txt'))).toBe('1.0/manual.txt');
    expect(await readlink(inBuild('skylark-web-2', 'manual/latest.txt'))).toBe('1.1/manual.txt');
    const code = await readFile(inBuild('skylark-web-1', 'js/game.js'));
    expect(code.equals(await readFile(inBuild('skylark-web-2', 'js/game.js')))).toBe(false);
  });
});

it('plays Orrery on Linux without window or terminal, and it ends well', async () => {
  const script = inBuild('orrery-linux-2', 'orrery.sh');
  const { stdout } = await run(script, {
    env: { PATH: process.env['PATH'] ?? '', ORRERY_SECONDS: '1' },
    cwd: root,
  });
  expect(stdout).toContain('second 01  Mercury');
  expect(stdout).toContain('The spring has run down.');
});

describe('the catalogue', () => {
  it('has art that is light, well-formed and carries no code or outside reference', () => {
    for (const { art } of samples) {
      for (const svg of [art.cover, art.hero, art.icon, ...art.screenshots]) {
        expect(svg.length).toBeLessThan(150_000);
        expect(svg).not.toMatch(
          /<script|<filter|<foreignObject|\son\w+=|(?:href|src)=|url\((?!#)|NaN|undefined/,
        );
        expect(findTagErrors(svg)).toEqual([]);
      }
    }
  });

  it('draws pictures in the shapes the launcher lays out', () => {
    for (const { art } of samples) {
      expect(art.cover).toContain('viewBox="0 0 900 1200"');
      expect(art.hero).toContain('viewBox="0 0 2100 900"');
      expect(art.hero).not.toContain('<text');
      for (const shot of art.screenshots) expect(shot).toContain('viewBox="0 0 1600 900"');
    }
  });

  it('gives every game and quest its own id', () => {
    const ids = samples.flatMap((game) => [game.gameId, ...game.quests.map((quest) => quest.questId)]);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

it('refuses a game it does not have and a folder that is not empty', async () => {
  const outDir = path.join(root, 'none');
  await expect(generateSampleGame({ game: 'none', version: 1, outDir })).rejects.toThrow(
    'no sample none/web',
  );
  const full = generateSampleGame({ game: 'orrery', version: 1, outDir: inBuild('orrery-web-1', '') });
  await expect(full).rejects.toThrow('is not empty');
});

function inBuild(name: string, at: string): string {
  return path.join(root, name, at);
}

/** Every path of a tree in order, folders that are empty ending in a slash. */
async function listTree(folder: string): Promise<{ at: string; facts: string }[]> {
  const names = await readdir(folder, { recursive: true });
  const entries = await Promise.all(
    names.map(async (name) => {
      const full = path.join(folder, name);
      const at = name.split(path.sep).join('/');
      const stat = await lstat(full);
      if (stat.isSymbolicLink()) return { at, facts: `link ${await readlink(full)}` };
      if (!stat.isDirectory())
        return { at, facts: `${stat.mode.toString(8)} ${digest(await readFile(full))}` };
      return (await readdir(full)).length === 0 ? { at: `${at}/`, facts: 'empty' } : undefined;
    }),
  );
  return entries.filter((entry) => entry !== undefined).sort((a, b) => (a.at < b.at ? -1 : 1));
}

async function digestTree(folder: string): Promise<string> {
  return digest(JSON.stringify(await listTree(folder)));
}

function digest(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Tags that are not closed, or closed in the wrong order: all that can go wrong in SVG without entities. */
function findTagErrors(svg: string): string[] {
  const open: string[] = [];
  const errors: string[] = [];
  for (const [, closing, name, selfClosing] of svg.matchAll(
    /<(\/?)(\w+)(?:\s+[\w:-]+="[^"<]*")*\s*(\/?)>/g,
  )) {
    if (closing === '/') {
      if (open.pop() !== name) errors.push(`</${name}>`);
    } else if (selfClosing !== '/') {
      open.push(name!);
    }
  }
  const tags = svg.match(/<\/?\w/g)?.length ?? 0;
  const parsed = [...svg.matchAll(/<(\/?)(\w+)(?:\s+[\w:-]+="[^"<]*")*\s*(\/?)>/g)].length;
  if (tags !== parsed) errors.push(`${tags - parsed} tags cannot be read`);
  return [...errors, ...open];
}
