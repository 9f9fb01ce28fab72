import type { Page } from '@playwright/test';
import type { Stage } from '../../build/demo/stage.ts';
import { expect, test } from './bootstrap.ts';
import { LauncherPage } from './launcher-page.ts';
import type { Player } from './player.ts';
import { journeyGame, type Shelf, shortQuest } from './shelf.ts';
import { expectIdentical } from './trees.ts';
import { waitForPatch } from './wait.ts';

const { gameId, title } = journeyGame;
/** Other tests publish games of their own to the same service. */
const sampleTitles = /^(Skylark|Stillwater|Knotwork|Orrery)/;

/** Where the launcher runs: a browser, or Electron. */
export interface JourneyHost {
  /** Start the launcher of a player; @returns its window. */
  readonly open: (player: Player) => Promise<Page>;
  /** End it as a player would. */
  readonly close: () => Promise<void>;
  /** The next window that opens. */
  readonly nextWindow: () => Promise<Page>;
}

export interface JourneyParts {
  readonly visitor: Player;
  readonly stage: Stage;
  readonly shelf: Shelf;
}

/** The whole way of a new player, the same in every host: account, install, play, claim, update, sign out. */
export async function travel(host: JourneyHost, { visitor, stage, shelf }: JourneyParts): Promise<void> {
  let page = await host.open(visitor);
  let launcher = new LauncherPage(page);

  await test.step('the first visit asks to sign in, and an account is made in half a minute', async () => {
    await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByRole('button', { name: 'Create account', exact: true }).click();
    await expect(page.getByText('Fill this in.').first()).toBeVisible();
    await page.getByLabel('Name others see').fill(visitor.displayName);
    await page.getByLabel('Email').fill(visitor.email);
    await page.getByLabel('Password', { exact: true }).fill(visitor.password);
    await page.getByRole('button', { name: 'Create account', exact: true }).click();
    await expect(page.getByRole('button', { name: `Account: ${visitor.displayName}` })).toBeVisible();
  });

  await test.step('the library shows every game with its art', async () => {
    await launcher.open('Library');
    const games = launcher.main.getByRole('gridcell').filter({ hasText: sampleTitles });
    const covers = games.locator('img');
    await expect(covers).toHaveCount(4);
    await expect
      .poll(() => covers.evaluateAll((all) => all.every((one) => (one as HTMLImageElement).naturalWidth > 0)))
      .toBe(true);
  });

  await test.step('the game page says what an install needs before it begins', async () => {
    await launcher.openGame(title);
    await expect(launcher.main.getByText('Space while installing')).toBeVisible();
    // Updates are asked for, so that this journey presses the button itself.
    await launcher.openTab('Settings');
    const askFirst = launcher.main.getByRole('radio', { name: 'Ask first' });
    // Main owns the setting, so the mark follows its answer.
    await askFirst.click();
    await expect(askFirst).toBeChecked();
    await launcher.openTab('Overview');
  });

  await test.step('the install shows its progress and ends with the published tree, byte for byte', async () => {
    await launcher.request('settings:update', { downloadLimitBytesPerSecond: 2_000_000 });
    await launcher.action('install', title).click();
    await expect(launcher.main.getByRole('progressbar').first()).toBeVisible();
    await expect(launcher.main.getByText('Downloading').first()).toBeVisible();
    await expect(launcher.action('play', title)).toBeVisible();
    await launcher.request('settings:update', { downloadLimitBytesPerSecond: 0 });
    await expectIdentical(visitor.installFolder(gameId), shelf.buildFolder(gameId, 1));
  });

  const pushed = await test.step('meanwhile the publisher pushes the second build', async () =>
    await shelf.pushSecondBuild(gameId));

  await test.step('play opens the game in a window of its own, and it draws', async () => {
    const opening = host.nextWindow();
    await launcher.action('play', title).click();
    const game = await opening;
    await expect(game.locator('canvas')).toBeVisible();
    await expect
      .poll(() => game.evaluate(countColours), { message: 'colours on the canvas' })
      .toBeGreaterThan(8);
    await expect(launcher.action('stop', title)).toBeVisible();
    // The service counts what the launcher reports, once a second on this stage.
    await launcher.openTab('Quests');
    await expect(launcher.main.getByRole('button', { name: /^Claim/ })).toBeVisible({ timeout: 90_000 });
    await launcher.action('stop', title).click();
    await expect(launcher.action('play', title)).toBeVisible();
    // A browser closes no window that was cut off from its opener; the game's own server is gone either way.
    await expect.poll(async () => game.isClosed() || !(await answers(game.url()))).toBe(true);
  });

  await test.step('the reward is claimed once, with a receipt and the new balance', async () => {
    await launcher.open('Quests');
    const points = String(shortQuest.points);
    await page.getByRole('button', { name: `Claim the reward of ${shortQuest.title}` }).click();
    const receipt = page.getByRole('dialog', { name: 'Reward confirmed' });
    await expect(receipt).toContainText(shortQuest.title);
    await expect(receipt).toContainText(`+${points}`);
    await receipt.getByRole('button', { name: 'Done' }).click();
    await expect(receipt).toBeHidden();
    await expect(launcher.main.getByText('Your balance').locator('..')).toContainText(points);
    await expect(
      launcher.main.getByRole('button', { name: `Receipt for ${shortQuest.title}` }),
    ).toBeVisible();
    await expect(page.getByRole('button', { name: `Claim the reward of ${shortQuest.title}` })).toBeHidden();
  });

  await test.step('after a restart the player is still signed in and the update waits, smaller than a full download', async () => {
    const patch = await waitForPatch(stage, gameId, Number(pushed['buildId']));
    expect(patch.sizeBytes).toBeLessThan(Number(pushed['totalBytes']));
    const { remembered } = (await launcher.read('session')) as { remembered?: boolean };
    await host.close();
    page = await host.open(visitor);
    launcher = new LauncherPage(page);
    // A system without a place for secrets asks again.
    if (remembered !== true) await launcher.signIn(visitor);
    await launcher.openGame(title);
    await expect(launcher.action('update', title)).toBeVisible();
    await expect(launcher.main.getByText('Saved by patching')).toBeVisible();
    await expect(launcher.main.getByText('New levels and a calmer second act.')).toBeVisible();
  });

  const newVersion = String(pushed['version']);
  await test.step('the update ends with the new tree, byte for byte', async () => {
    await launcher.action('update', title).click();
    // The old build can be played while the new one is fetched, so the verb does not tell when it is done.
    await expect(launcher.main.getByText('Installed', { exact: true }).locator('..')).toContainText(
      newVersion,
    );
    await expect(launcher.action('play', title)).toBeVisible();
    await expectIdentical(visitor.installFolder(gameId), shelf.buildFolder(gameId, 2));
  });

  await test.step('the downloads remember it, with what patching saved', async () => {
    await launcher.open('Downloads');
    const finished = launcher.main.getByRole('listitem').filter({ hasText: title });
    await expect(finished).toContainText('Update to');
    await expect(finished).toContainText('saved by patching');
  });

  await test.step('signing out leaves nothing to see, and signing in brings it back', async () => {
    await launcher.signOut();
    await expect(page.getByText(title)).toBeHidden();
    await launcher.signIn({ ...visitor, password: 'not the password' });
    await expect(page.getByRole('alert')).toBeVisible();
    await launcher.signIn(visitor);
    await launcher.openGame(title);
    await expect(launcher.action('play', title)).toBeVisible();
  });
}

async function answers(url: string): Promise<boolean> {
  return await fetch(url).then(
    () => true,
    () => false,
  );
}

/** How many colours the game's canvas shows, looked at coarsely; 1 where nothing was drawn. */
function countColours(): number {
  const canvas = document.querySelector('canvas');
  if (canvas === null || canvas.width === 0) return 0;
  const copy = new OffscreenCanvas(64, 64);
  const context = copy.getContext('2d');
  if (context === null) return 0;
  context.drawImage(canvas, 0, 0, 64, 64);
  const { data } = context.getImageData(0, 0, 64, 64);
  const colours = new Set<number>();
  for (let at = 0; at < data.length; at += 4) {
    colours.add(((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0));
  }
  return colours.size;
}
