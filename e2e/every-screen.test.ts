import { join } from 'node:path';
import { expect, test } from './testing/bootstrap.ts';
import { LauncherPage } from './testing/launcher-page.ts';
import { inspectScreen } from './testing/screen.ts';
import { journeyGame, shortQuest } from './testing/shelf.ts';
import { damageFile } from './testing/trees.ts';

const settingsSections = [
  'Appearance',
  'Install location',
  'Bandwidth',
  'Updates',
  'Account',
  'Privacy',
  'Diagnostics',
  'About',
] as const;

test('signing in and creating an account read well by night and by day, problems included @gallery', async ({
  visitor,
  openLauncher,
  page,
}) => {
  const launcher = new LauncherPage(page);
  await openLauncher(visitor);
  await launcher.request('settings:update', { theme: 'system' });
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await inspectScreen(page, 'sign-in');
  await launcher.signIn({ email: visitor.email, password: 'not the password' });
  await expect(page.getByRole('alert')).toBeVisible();
  await inspectScreen(page, 'sign-in-refused');
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByRole('button', { name: 'Create account', exact: true }).click();
  await inspectScreen(page, 'create-account');
});

test('every screen of a signed-in player reads well by night and by day @gallery', async ({
  player,
  shelf,
  openLauncher,
  page,
}) => {
  await test.step('a library in every state: an update waits, a game is damaged, a reward is ready', async () => {
    await player.run('install', 'skylark', '--channel', 'stable');
    await player.run('install', 'stillwater', '--channel', 'stable');
    await player.run('install', journeyGame.gameId, '--channel', 'stable');
    await player.run('play', journeyGame.gameId, '--seconds', String(shortQuest.playSeconds + 2));
    await damageFile(join(player.installFolder('stillwater'), 'assets.pak'), 100_000, 32);
    await player.run('verify', 'stillwater').catch((error: unknown) => {
      expect(error).toMatchObject({ exitCode: 6 });
    });
    await shelf.pushSecondBuild('skylark', 'beta');
  });

  const launcher = new LauncherPage(page);
  await openLauncher(player);
  await launcher.request('settings:update', { theme: 'system', defaultUpdatePolicy: 'ask' });
  await launcher.request('library:refresh', {});
  await launcher.request('install:set-channel', { gameId: 'skylark', channel: 'beta' });
  await launcher.request('library:set-favourite', { gameId: 'orrery', favourite: true });

  await test.step('home and library', async () => {
    await launcher.open('Home');
    await inspectScreen(page, 'home');
    await launcher.open('Library');
    await inspectScreen(page, 'library-covers');
    await launcher.main.getByRole('radio', { name: 'List' }).check();
    await inspectScreen(page, 'library-list');
    await launcher.main.getByRole('searchbox').fill('nothing is called this');
    await inspectScreen(page, 'library-no-match');
    await launcher.main.getByRole('searchbox').fill('');
    await launcher.main.getByRole('radio', { name: 'Covers' }).check();
    await page.keyboard.press('Control+k');
    await expect(page.getByRole('dialog')).toBeVisible();
    await inspectScreen(page, 'quick-switch');
    await page.keyboard.press('Escape');
  });

  await test.step('a game page in each state', async () => {
    await launcher.openGame('Orrery');
    await expect(launcher.action('install', 'Orrery')).toBeVisible();
    await expect(launcher.main.getByText('Space while installing')).toBeVisible();
    await inspectScreen(page, 'game-not-installed');
    await launcher.openGame('Skylark');
    await expect(launcher.action('update', 'Skylark')).toBeVisible();
    await expect(launcher.main.getByText('Space while installing')).toBeVisible();
    await inspectScreen(page, 'game-update-available');
    await launcher.openTab('Quests');
    await inspectScreen(page, 'game-quests');
    await launcher.openTab('Settings');
    await inspectScreen(page, 'game-settings');
    await launcher.main.getByRole('button', { name: 'Uninstall' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await inspectScreen(page, 'game-uninstall');
    await page.keyboard.press('Escape');
    await launcher.openGame('Stillwater');
    await expect(launcher.action('repair', 'Stillwater')).toBeVisible();
    await inspectScreen(page, 'game-damaged');
    await launcher.openGame(journeyGame.title);
    const opening = page.context().waitForEvent('page');
    await launcher.action('play', journeyGame.title).click();
    await opening;
    await page.bringToFront();
    await expect(launcher.action('stop', journeyGame.title)).toBeVisible();
    await inspectScreen(page, 'game-playing');
    await launcher.action('stop', journeyGame.title).click();
    await expect(launcher.action('play', journeyGame.title)).toBeVisible();
  });

  await test.step('downloads while they run and when they are done', async () => {
    await launcher.request('settings:update', { downloadLimitBytesPerSecond: 150_000 });
    await launcher.openGame('Skylark');
    await launcher.action('update', 'Skylark').click();
    await expect(launcher.main.getByText('Downloading').first()).toBeVisible();
    await inspectScreen(page, 'game-installing');
    await launcher.request('install:start', { gameId: 'orrery' });
    await launcher.open('Downloads');
    await expect(launcher.main.getByRole('progressbar').first()).toBeVisible();
    await inspectScreen(page, 'downloads-running');
    await launcher.request('settings:update', { downloadLimitBytesPerSecond: 0 });
    await expect(launcher.main.getByRole('heading', { name: 'Queue' })).toBeHidden();
    await inspectScreen(page, 'downloads-finished');
  });

  await test.step('quests, the receipt and the history', async () => {
    await launcher.open('Quests');
    await inspectScreen(page, 'quests');
    await page.getByRole('button', { name: `Claim the reward of ${shortQuest.title}` }).click();
    await expect(page.getByRole('dialog', { name: 'Reward confirmed' })).toBeVisible();
    await inspectScreen(page, 'quests-receipt');
    await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
    await inspectScreen(page, 'quests-claimed');
  });

  await test.step('every section of the settings', async () => {
    for (const section of settingsSections) {
      await launcher.openSettings(section);
      await inspectScreen(page, `settings-${section.toLowerCase().replaceAll(' ', '-')}`);
    }
  });
});
