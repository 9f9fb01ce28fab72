import type { Locator, Page } from '@playwright/test';
import type {
  Download,
  LauncherBridge,
  LauncherSlices,
  PrimaryAction,
  RequestArgument,
  RequestName,
  SliceName,
} from '../../preload/contract.ts';
import { expect } from './bootstrap.ts';

const verbs = {
  install: 'Install',
  update: 'Update',
  resume: 'Resume',
  pause: 'Pause',
  play: 'Play',
  stop: 'Stop',
  repair: 'Repair',
} as const satisfies Partial<Record<PrimaryAction, string>>;
type Verb = keyof typeof verbs;

/** The launcher as a player sees and uses it. */
export class LauncherPage {
  readonly page: Page;
  readonly main: Locator;

  constructor(page: Page) {
    this.page = page;
    this.main = page.getByRole('main');
  }

  /** Over the rail, as most do. */
  async open(screen: 'Home' | 'Library' | 'Downloads' | 'Quests' | 'Settings'): Promise<void> {
    // The badge beside a name counts what waits there.
    const name = new RegExp(`^${screen}`);
    await this.page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).first().click();
  }

  async openGame(title: string): Promise<void> {
    await this.open('Library');
    await this.main.getByRole('link', { name: new RegExp(`^${title}`) }).click();
    await expect(this.main.getByRole('heading', { level: 1, name: title })).toBeVisible();
  }

  async openTab(name: 'Overview' | 'Quests' | 'Settings'): Promise<void> {
    await this.main.getByRole('tab', { name: new RegExp(`^${name}`) }).click();
  }

  async openSettings(section: string): Promise<void> {
    await this.open('Settings');
    await this.page.getByRole('tab', { name: section, exact: true }).click();
    await expect(this.page.getByRole('tabpanel', { name: section })).toBeVisible();
  }

  /** The one big button of a game. */
  action(verb: Verb, title: string): Locator {
    return this.main.getByRole('button', { name: `${verbs[verb]} ${title}`, exact: true }).first();
  }

  async signIn({ email, password }: { readonly email: string; readonly password: string }): Promise<void> {
    await this.page.getByLabel('Email').fill(email);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
  }

  async signOut(): Promise<void> {
    await this.page.getByRole('button', { name: /^Account:/ }).click();
    await this.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await expect(this.page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  }

  /** One slice of the launcher's state, for what no screen says in figures. */
  async read<Name extends SliceName>(slice: Name): Promise<LauncherSlices[Name]> {
    const answer = await this.page.evaluate(async () => {
      const { launcher } = window as unknown as { launcher: LauncherBridge };
      return await launcher.request('state:read', {});
    });
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.value.slices[slice];
  }

  /** A game's download while it is queued. */
  async download(gameId: string): Promise<Download | undefined> {
    const { queue } = await this.read('downloads');
    return queue.find((download) => download.gameId === gameId);
  }

  /** What the launcher does by itself every few minutes, or what is no part of the test, done at once. */
  async request<Name extends RequestName>(name: Name, argument: RequestArgument<Name>): Promise<void> {
    const answer = await this.page.evaluate(
      async ([wanted, given]) => {
        const { launcher } = window as unknown as { launcher: LauncherBridge };
        return await launcher.request(wanted, given as never);
      },
      [name, argument] as const,
    );
    expect(answer, name).toMatchObject({ ok: true });
  }
}
