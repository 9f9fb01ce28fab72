import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const galleryFolder = fileURLToPath(new URL('../../test-results/gallery/', import.meta.url));

/** A handheld's screen and a desk's. */
const sizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const;

/**
 * Look at a screen as it stands: axe by night and by day, and its pictures for the gallery.
 * The launcher's theme must be `system`, because the page's colour scheme is what is switched here.
 */
export async function inspectScreen(page: Page, name: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    expect.soft(await findViolations(page), `axe on ${name}, ${theme}`).toEqual([]);
    if (theme === 'light') await takePicture(page, `${name}-light-1280x800`);
  }
  for (const size of [...sizes].reverse()) {
    await page.setViewportSize(size);
    await takePicture(page, `${name}-${size.width}x${size.height}`);
  }
}

async function findViolations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target }) => `${id}: ${help}: ${target.join(' ')}`),
  );
}

async function takePicture(page: Page, name: string): Promise<void> {
  // A picture of a page whose art is still on its way would show what no player looks at.
  await page.waitForFunction(() =>
    [...document.images].every((image) => image.complete || image.loading === 'lazy'),
  );
  await page.screenshot({ path: join(galleryFolder, `${name}.png`), animations: 'disabled', caret: 'hide' });
}
