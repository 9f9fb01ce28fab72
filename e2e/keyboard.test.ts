import { expect, test } from './testing/bootstrap.ts';
import { describeFocus, tabTo } from './testing/focus.ts';
import { LauncherPage } from './testing/launcher-page.ts';

const title = 'Stillwater';

test('everything a player does can be done by keyboard, and the focus is always seen', async ({
  player,
  shelf,
  openLauncher,
  page,
}) => {
  expect(shelf).toBeDefined();
  const launcher = new LauncherPage(page);
  await openLauncher(player);
  await expect(launcher.main.getByRole('heading', { level: 1 })).toBeVisible();

  await test.step('the first stop skips to the content; every stop shows that it has the focus', async () => {
    await page.keyboard.press('Tab');
    await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
    let stops = 0;
    for (let focus = await describeFocus(page); focus.inPage; focus = await describeFocus(page)) {
      expect(focus.visible, `a ring around "${focus.name}"`).toBe(true);
      stops += 1;
      await page.keyboard.press('Tab');
    }
    expect(stops).toBeGreaterThan(8);
  });
  await test.step('the quick switch opens a game', async () => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type(title.slice(0, 5));
    await page.keyboard.press('Enter');
    await expect(launcher.main.getByRole('heading', { level: 1, name: title })).toBeFocused();
  });
  await test.step('the primary action is a few stops away and installs', async () => {
    await tabTo(page, `Install ${title}`);
    await page.keyboard.press('Enter');
    await expect(launcher.action('play', title)).toBeVisible();
  });
  await test.step('a dialog takes the focus, Escape closes it, and the focus returns', async () => {
    await tabTo(page, 'Overview');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await expect(launcher.main.getByRole('tabpanel', { name: 'Settings' })).toBeVisible();
    await tabTo(page, 'Uninstall');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: `Uninstall ${title}?` });
    await expect(dialog).toBeVisible();
    for (let stop = 0; stop < 6; stop += 1) {
      // Behind its last stop a guard has the focus for a moment, and hands it to the first.
      await expect
        .poll(() => dialog.evaluate((element) => element.contains(document.activeElement)))
        .toBe(true);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(launcher.main.getByRole('button', { name: 'Uninstall' })).toBeFocused();
  });
  await test.step('the library’s covers are walked by arrow keys', async () => {
    await page.keyboard.press('Alt+2');
    await expect(launcher.main.getByRole('heading', { level: 1 })).toBeFocused();
    await tabTo(page, /Ready to play|Not installed/);
    const before = await describeFocus(page);
    await page.keyboard.press('ArrowRight');
    const after = await describeFocus(page);
    expect(after).toMatchObject({ visible: true });
    expect(after.name).not.toBe(before.name);
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/#\/game\//);
  });
});
