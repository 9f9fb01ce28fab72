import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from './testing/bootstrap.ts';
import { tabTo } from './testing/focus.ts';
import { giveFolderWindow } from './testing/folder-window.ts';
import { LauncherPage } from './testing/launcher-page.ts';
import { inspectScreen } from './testing/screen.ts';
import { copyTree, damageFile, expectIdentical } from './testing/trees.ts';

/** To what can be done with a game's files, by keyboard, in the theme of the system, so that pictures show night and day. */
async function openGameSettings(page: Page, title: string): Promise<LauncherPage> {
  const launcher = new LauncherPage(page);
  await launcher.request('settings:update', { theme: 'system' });
  await launcher.openGame(title);
  await tabTo(page, 'Overview');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('tabpanel', { name: 'Settings' })).toBeVisible();
  return launcher;
}

test('a game is moved by keyboard, into a folder that was chosen in the system’s window @gallery', async ({
  player,
  shelf,
  openLauncher,
  page,
}) => {
  const [gameId, title] = ['stillwater', 'Stillwater'];
  await player.run('install', gameId, '--channel', 'stable');
  const before = player.installFolder(gameId);
  await writeFile(join(before, 'my notes.txt'), 'mine');
  const desktop = await giveFolderWindow(player);
  const to = join(player.options.home, 'other drive', gameId);
  await openLauncher(desktop.player);
  const launcher = await openGameSettings(page, title);
  await tabTo(page, 'Move…');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: `Move ${title}` });
  await expect(dialog).toBeVisible();

  await test.step('a window that is closed changes nothing; a folder that is chosen is written down', async () => {
    const field = dialog.getByLabel('New folder', { exact: true });
    await desktop.answer('');
    await tabTo(page, 'Choose: New folder');
    await page.keyboard.press('Enter');
    await expect.poll(() => desktop.asked()).toContain(`--filename=${before}/`);
    await expect(field).toHaveValue('');
    await desktop.answer(to);
    await page.keyboard.press('Enter');
    await expect(field).toHaveValue(to);
    await inspectScreen(page, 'game-move');
  });
  await test.step('it is in its new folder with the player’s own file, and nothing is left in the old', async () => {
    await tabTo(page, 'Move');
    await page.keyboard.press('Enter');
    await expect(dialog).toBeHidden();
    await expect(launcher.main.getByText(to, { exact: true })).toBeVisible();
    await expect.poll(() => existsSync(before)).toBe(false);
    await expect(launcher.action('play', title)).toBeVisible();
    expect(await isDamaged(launcher, gameId, title)).toBe(false);
    await rm(join(to, 'my notes.txt'));
    await expectIdentical(to, shelf.buildFolder(gameId, 1));
  });
});

/** What the launcher itself finds when it checks a game's files. */
async function isDamaged(launcher: LauncherPage, gameId: string, title: string): Promise<boolean> {
  await launcher.request('install:verify', { gameId });
  await expect.poll(async () => (await launcher.read('downloads')).queue.length).toBe(0);
  await expect(launcher.action('play', title).or(launcher.action('repair', title))).toBeVisible();
  const { games } = await launcher.read('library');
  const install = games.find((game) => game.gameId === gameId)?.install;
  return install?.status === 'installed' && install.damaged;
}

test('after an update the way back takes no download, and it is asked first @gallery', async ({
  player,
  shelf,
  openLauncher,
  page,
}) => {
  const [gameId, title] = ['stillwater', 'Stillwater'];
  await player.run('install', gameId, '--channel', 'stable');
  await shelf.pushSecondBuild(gameId, 'beta');
  await player.run('update', gameId, '--channel', 'beta');
  await openLauncher(player);
  const launcher = await openGameSettings(page, title);
  await tabTo(page, /^Go back to/);
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: /^Go back to Stillwater/ });
  await expect(dialog).toContainText('nothing has to be downloaded');
  await inspectScreen(page, 'game-roll-back');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(launcher.main.getByRole('button', { name: /^Go back to/ })).toBeFocused();
  await page.keyboard.press('Enter');
  await tabTo(page, 'Go back');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Updates wait until you ask for them.').first()).toBeVisible();
  await expectIdentical(player.installFolder(gameId), shelf.buildFolder(gameId, 1));
  const { finished } = await launcher.read('downloads');
  expect(finished[0]).toMatchObject({ reason: 'roll-back', downloadedBytes: 0 });
  await expect(launcher.action('update', title)).toBeVisible();
});

test('a copy from another place becomes the game: looked at first, then only what it lacks is fetched @gallery', async ({
  player,
  shelf,
  openLauncher,
  page,
}) => {
  const [gameId, title] = ['stillwater', 'Stillwater'];
  const copy = await copyTree(shelf.buildFolder(gameId, 1), join(player.options.home, 'old drive', gameId));
  await damageFile(join(copy, 'assets.pak'), 100_000, 32);
  await writeFile(join(copy, 'my notes.txt'), 'mine');
  const desktop = await giveFolderWindow(player);
  await desktop.answer(copy);
  await openLauncher(desktop.player);
  const launcher = await openGameSettings(page, title);
  await tabTo(page, 'Use a copy that is already on this computer…');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: `Use a copy of ${title}` });
  await tabTo(page, 'Choose: Folder of the copy');
  await page.keyboard.press('Enter');
  await expect(dialog.getByLabel('Folder of the copy', { exact: true })).toHaveValue(copy);
  await tabTo(page, 'Look at the copy');
  await page.keyboard.press('Enter');
  await expect(dialog.getByText('Kept of the copy')).toBeVisible();
  await inspectScreen(page, 'game-adopt');
  await dialog.getByRole('button', { name: 'Use this copy' }).focus();
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(launcher.action('play', title)).toBeVisible();
  const { finished } = await launcher.read('downloads');
  const adopted = finished.find(({ reason }) => reason === 'adopt');
  expect(adopted?.downloadedBytes).toBeGreaterThan(0);
  const { games } = await launcher.read('library');
  const full = games.find((game) => game.gameId === gameId)?.latest?.downloadBytes ?? 0;
  expect(adopted?.downloadedBytes).toBeLessThan(full / 2);
  expect(existsSync(join(copy, 'my notes.txt'))).toBe(true);
  await expect(launcher.main.getByText(copy, { exact: true })).toBeVisible();
});

test('a build that is announced is made ready beforehand, and is there in a moment when it is out @gallery', async ({
  player,
  shelf,
  openLauncher,
  page,
}) => {
  // A line of builds of its own, so that no other test finds the second one out.
  const [gameId, title] = ['stillwater', 'Stillwater'];
  await shelf.pushFirstBuild(gameId, 'early');
  await player.run('install', gameId, '--channel', 'early');
  const launcher = new LauncherPage(page);
  await openLauncher(player);
  await launcher.request('settings:update', { theme: 'system', defaultUpdatePolicy: 'ask' });
  const pushed = await shelf.pushSecondBuild(gameId, 'early-preload');
  const version = String(pushed['version']);
  await launcher.request('library:refresh', {});
  await launcher.openGame(title);

  await test.step('it is announced, and made ready when the player wants it', async () => {
    await expect(launcher.main.getByText(`${version} is announced.`, { exact: false })).toBeVisible();
    await inspectScreen(page, 'game-announced');
    await tabTo(page, `Make ${version} ready`);
    await page.keyboard.press('Enter');
    await expect(launcher.main.getByText(`${version} lies ready and waits for its release.`)).toBeVisible();
    await inspectScreen(page, 'game-preloaded');
    await expect(launcher.action('play', title)).toBeVisible();
    await expectIdentical(player.installFolder(gameId), shelf.buildFolder(gameId, 1));
  });
  await test.step('it is out: the update downloads nothing', async () => {
    await shelf.pushSecondBuild(gameId, 'early');
    await launcher.request('library:refresh', {});
    await expect(launcher.action('update', title)).toBeVisible();
    await expect(launcher.main.getByText('Nothing to download')).toBeVisible();
    await launcher.action('update', title).click();
    await expect(launcher.main.getByText('Installed', { exact: true }).locator('..')).toContainText(version);
    await expectIdentical(player.installFolder(gameId), shelf.buildFolder(gameId, 2));
    const { finished } = await launcher.read('downloads');
    expect(finished[0]).toMatchObject({ reason: 'update', downloadedBytes: 0 });
  });
});
