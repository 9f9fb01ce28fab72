import { writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from './testing/bootstrap.ts';
import { openFaults } from './testing/edge-faults.ts';
import { LauncherPage } from './testing/launcher-page.ts';
import { inspectScreen } from './testing/screen.ts';
import { damageFile, expectIdentical } from './testing/trees.ts';

const gameId = 'stillwater';
const title = 'Stillwater';

test('a check finds planted damage, and repair mends it by fetching only that', async ({
  player,
  shelf,
  openLauncher,
  page,
}) => {
  const installed = await player.run('install', gameId, '--channel', 'stable');
  const folder = player.installFolder(gameId);
  await damageFile(join(folder, 'assets.pak'), 100_000, 32);

  const launcher = new LauncherPage(page);
  await openLauncher(player);
  await launcher.openGame(title);
  await launcher.openTab('Settings');
  await launcher.main.getByRole('button', { name: 'Check files' }).click();
  await expect(page.getByRole('region', { name: 'Notices' })).toContainText(
    'One file is damaged. Repair fetches only what is damaged of it.',
  );
  await expect(launcher.action('repair', title)).toBeVisible();
  const checked = (await launcher.read('downloads')).finished.find(({ reason }) => reason === 'verify');
  expect(checked?.damagedFiles).toBe(1);
  await launcher.action('repair', title).click();
  await expect(launcher.action('play', title)).toBeVisible();
  await expectIdentical(folder, shelf.buildFolder(gameId, 1));

  const { finished } = await launcher.read('downloads');
  const repair = finished.find(({ reason }) => reason === 'repair');
  expect(repair?.downloadedBytes).toBeGreaterThan(0);
  expect(repair?.downloadedBytes).toBeLessThan(Number(installed['downloadedBytes']) / 2);
});

test('an install that is paused stands still, and goes on where it was', async ({
  player,
  shelf,
  openLauncher,
  page,
}) => {
  const launcher = new LauncherPage(page);
  await openLauncher(player);
  await launcher.openSettings('Bandwidth');
  await page.getByRole('combobox', { name: 'Download limit' }).click();
  await page.getByRole('option', { name: /^500/ }).click();

  await launcher.openGame(title);
  await launcher.action('install', title).click();
  await launcher.open('Downloads');
  await expect.poll(async () => (await launcher.download(gameId))?.downloadedBytes).toBeGreaterThan(200_000);
  await launcher.main
    .getByRole('button', { name: `Pause ${title}` })
    .first()
    .click();
  await expect(launcher.main.getByRole('button', { name: `Resume ${title}` }).first()).toBeVisible();
  const paused = await launcher.download(gameId);
  expect(paused?.phase).toBe('paused');

  await launcher.request('settings:update', { downloadLimitBytesPerSecond: 0 });
  expect((await launcher.download(gameId))?.downloadedBytes).toBe(paused?.downloadedBytes);
  await launcher.main
    .getByRole('button', { name: `Resume ${title}` })
    .first()
    .click();
  await launcher.openGame(title);
  await expect(launcher.action('play', title)).toBeVisible();
  await expectIdentical(player.installFolder(gameId), shelf.buildFolder(gameId, 1));
});

test('an uninstall asks first, and then leaves nothing behind', async ({
  player,
  shelf,
  openLauncher,
  page,
}) => {
  expect(shelf).toBeDefined();
  await player.run('install', gameId, '--channel', 'stable');
  const launcher = new LauncherPage(page);
  await openLauncher(player);
  await launcher.openGame(title);
  await launcher.openTab('Settings');
  const uninstall = launcher.main.getByRole('button', { name: 'Uninstall' });
  await uninstall.click();
  const dialog = page.getByRole('dialog', { name: `Uninstall ${title}?` });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog).toBeHidden();
  expect(existsSync(player.installFolder(gameId))).toBe(true);

  await uninstall.click();
  await dialog.getByRole('button', { name: 'Uninstall' }).click();
  await expect(launcher.action('install', title)).toBeVisible();
  await expect.poll(() => existsSync(player.installFolder(gameId))).toBe(false);
});

test('a game folder that cannot be is refused with a reason, and the old one stays @gallery', async ({
  stage,
  player,
  openLauncher,
  page,
}) => {
  const launcher = new LauncherPage(page);
  await openLauncher(player);
  await launcher.openSettings('Install location');
  // Its parent is a file.
  const file = join(stage.folder, `not-a-folder-${player.email}`);
  await writeFile(file, 'a file');
  await launcher.main.getByLabel('Another folder').fill(join(file, 'games'));
  await launcher.main.getByRole('button', { name: 'Use this folder' }).click();
  await expect(page.getByText(`Games cannot be kept in ${join(file, 'games')}.`).first()).toBeVisible();
  // The reason stays as a notice until it is dismissed.
  await expect(page.getByRole('alertdialog')).toBeVisible();
  await launcher.request('settings:update', { theme: 'system' });
  await inspectScreen(page, 'failure-notice');
  await page.getByRole('alertdialog').getByRole('button', { name: 'Dismiss' }).click();
  await expect(page.getByRole('alertdialog')).toBeHidden();
  const { settings } = await launcher.read('settings');
  expect(settings.installFolder).toBe(join(player.options.home, 'games'));
});

test('a network that answers with its own sign-in page stops the install with a card, and once it is gone the install goes on by itself @gallery', async ({
  stage,
  player,
  shelf,
  openLauncher,
  page,
}) => {
  const launcher = new LauncherPage(page);
  await openLauncher(player);
  await launcher.request('settings:update', { theme: 'system' });
  await launcher.openGame(title);
  const faults = await openFaults(stage);
  await faults.add({ fault: { kind: 'captive-portal' }, pathPart: '/packs/' });
  await launcher.action('install', title).click();
  const card = launcher.main.getByRole('alert').first();
  await expect(card).toContainText('DOWNLOAD_CAPTIVE_PORTAL', { timeout: 120_000 });
  await expect(card).toContainText(/Support code GNT-[2-9A-Z]{4}-[2-9A-Z]{4}/);
  await expect(card.getByRole('button', { name: 'Open sign-in page' })).toBeVisible();
  // The notice says the same and leaves by itself; the card is what stays.
  await expect(page.getByLabel('Dismiss')).toHaveCount(0);
  await inspectScreen(page, 'game-error');
  await launcher.open('Downloads');
  await inspectScreen(page, 'downloads-error');
  await launcher.openGame(title);

  await faults.clear();
  // It is tried again within two minutes at most, by full jitter sooner.
  await expect(launcher.action('play', title)).toBeVisible({ timeout: 180_000 });
  await expectIdentical(player.installFolder(gameId), shelf.buildFolder(gameId, 1));
});
