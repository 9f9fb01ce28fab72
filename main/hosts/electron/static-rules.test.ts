import { readFile } from 'node:fs/promises';
import { globSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const sources = globSync('{main,preload}/**/*.ts', { cwd: root })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => !file.endsWith('.test.ts'));

/** The files that hold a pattern outside comments. */
async function filesWith(pattern: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const file of sources) {
    const text = await readFile(path.join(root, file), 'utf8');
    const code = text.replaceAll(/\/\*[^]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
    if (pattern.test(code)) found.push(file);
  }
  return found.toSorted();
}

test('the sources are there to be checked', () => {
  expect(sources.length).toBeGreaterThan(50);
});

test('ipcMain’s handlers are registered in the one registrar', async () => {
  expect(await filesWith(/ipcMain\s*\.\s*(?:handle|on|once|handleOnce)\b/)).toEqual([
    'main/hosts/electron/ipc.ts',
  ]);
});

test('ipcRenderer is used by the preload only, which exposes one frozen name and no raw Electron', async () => {
  expect(await filesWith(/\bipcRenderer\b/)).toEqual(['preload/index.ts']);
  const preload = await readFile(path.join(root, 'preload/index.ts'), 'utf8');
  expect(preload.match(/exposeInMainWorld\(/g)).toHaveLength(1);
  expect(preload).toMatch(/exposeInMainWorld\('launcher', bridge\)/);
  expect(preload).not.toMatch(/sendSync|postMessage|ipcRenderer\.send\b/);
});

test('every window takes its preferences from the one place that spells them out', async () => {
  const makers = await filesWith(/new (?:\w+\.)?BrowserWindow\(/);
  expect(makers).toEqual(['main/hosts/electron/electron-host.ts', 'main/hosts/electron/game-windows.ts']);
  for (const file of makers) {
    const text = await readFile(path.join(root, file), 'utf8');
    expect(text.match(/new (?:\w+\.)?BrowserWindow\(/g)).toHaveLength(1);
    expect(text.match(/webPreferences: windowPreferences\(/g)).toHaveLength(1);
    expect(text).toMatch(/confine\(window\.webContents/);
  }
  expect(
    await filesWith(
      /nodeIntegration\w*:\s*true|contextIsolation:\s*false|sandbox:\s*false|webSecurity:\s*false|webviewTag:\s*true/,
    ),
  ).toEqual([]);
});

test('no shell, no eval, no file:// page', async () => {
  expect(await filesWith(/shell:\s*true|\beval\(|new Function\(|loadFile\(|loadURL\(['"`]file:/)).toEqual([]);
  expect(await filesWith(/\bexec(?:Sync)?\(\s*[`'"]/)).toEqual([]);
});

test('only hosts import Electron, electron-updater or ws', async () => {
  const importers = await filesWith(/from '(?:electron|electron-updater|ws)'/);
  expect(importers.filter((file) => !/^(?:main\/hosts\/|preload\/index\.ts)/.test(file))).toEqual([]);
});

test('main listens only where it says so: the browser host, and a running game’s own endpoint', async () => {
  expect(await filesWith(/\.listen\(/)).toEqual([
    'main/hosts/browser/browser-host.ts',
    'main/play/executable-run.ts',
    'main/play/game-ports.ts',
    'main/play/web-run.ts',
  ]);
  expect(await filesWith(/listen\([^)]*0\.0\.0\.0/)).toEqual([]);
});
