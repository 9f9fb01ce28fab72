import type { Page } from '@playwright/test';
import { expect } from './bootstrap.ts';

export interface Focus {
  /** False where Tab left the page for the browser's own controls. */
  readonly inPage: boolean;
  readonly name: string;
  readonly visible: boolean;
}

/** What has the focus, and whether a ring is drawn around it or, for a drawn control, around its label. */
export async function describeFocus(page: Page): Promise<Focus> {
  return await page.evaluate(() => {
    const element = document.activeElement;
    const hasRing = (one: Element | null | undefined): boolean => {
      if (!one) return false;
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
      return (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
    };
    const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])] : [];
    const label = labels.map((one) => one.textContent).join(' ');
    const name = element?.getAttribute('aria-label') ?? (label || element?.textContent) ?? '';
    return {
      inPage: element !== null && element !== document.body,
      name: name.trim(),
      visible: hasRing(element) || hasRing(element?.parentElement),
    };
  });
}

/** Press Tab until the focus is on something of this name. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const seen: string[] = [];
  for (let stop = 0; stop < 60; stop += 1) {
    await page.keyboard.press('Tab');
    const focus = await describeFocus(page);
    seen.push(focus.name);
    const found = typeof name === 'string' ? focus.name === name : name.test(focus.name);
    if (!found) continue;
    expect(focus.visible, `the focus on ${focus.name}`).toBe(true);
    return;
  }
  throw new Error(`Tab never came to ${String(name)}, but to: ${seen.join(' | ')}`);
}
