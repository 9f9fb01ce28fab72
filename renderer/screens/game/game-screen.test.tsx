import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { LibraryGame, PrimaryAction } from '../../../preload/contract.ts';
import {
  installed,
  makeBuild,
  makeDownload,
  makeFailure,
  makeGame,
  makeSlices,
} from '../../testing/builders.ts';
import { refused } from '../../testing/fake-launcher.ts';
import { renderApp } from '../../testing/render-app.tsx';
import { samplePlan, scenario } from '../../testing/scenarios.ts';

const withGame = (change: Partial<LibraryGame>) =>
  makeSlices({ library: { status: 'ready', games: [makeGame(change)], failure: null } });

const verbs: readonly (readonly [PrimaryAction, label: string, request: string])[] = [
  ['install', 'Install Skylark', 'install:start'],
  ['update', 'Update Skylark', 'install:update'],
  ['resume', 'Resume Skylark', 'install:resume'],
  ['pause', 'Pause Skylark', 'install:pause'],
  ['play', 'Play Skylark', 'game:launch'],
  ['stop', 'Stop Skylark', 'game:stop'],
  ['repair', 'Repair Skylark', 'install:repair'],
];

describe('the one big button', () => {
  it.each(verbs)('does what main says: %s', async (action, label, request) => {
    const app = await renderApp(withGame({ action }), '#/game/skylark');
    fireEvent.click(screen.getByRole('button', { name: label }));
    expect(app.requests.at(-1)).toEqual({ name: request, argument: { gameId: 'skylark' } });
  });

  it('cannot be pressed for a game without a build for this machine, and says why', async () => {
    await renderApp(withGame({ action: 'unavailable', depot: null }), '#/game/skylark');
    expect(screen.getByRole<HTMLButtonElement>('button', { name: /Not for this machine/ }).disabled).toBe(
      true,
    );
    expect(screen.getByText(/no build of this game for your system/)).toBeDefined();
  });

  it('leaves the old build playable while an update waits', async () => {
    const app = await renderApp(withGame({ action: 'update', install: installed() }), '#/game/skylark');
    fireEvent.click(screen.getByRole('button', { name: 'Play 1.0.0' }));
    expect(app.requests.at(-1)).toEqual({ name: 'game:launch', argument: { gameId: 'skylark' } });
  });
});

describe('what can be made ready beforehand', () => {
  const build = makeBuild({ buildId: 13, version: '2.0.0' });
  const withPreload = (preload: LibraryGame['preload']) =>
    withGame({ action: 'play', install: installed(), preload });

  it('is begun by a button, with what it is for', async () => {
    const app = await renderApp(withPreload({ build, announced: true, ready: false }), '#/game/skylark');
    expect(screen.getByText(/2.0.0 is announced/)).toBeDefined();
    fireEvent.click(screen.getByRole('button', { name: 'Make 2.0.0 ready' }));
    expect(app.requests.at(-1)).toEqual({ name: 'install:preload', argument: { gameId: 'skylark' } });
  });

  it('is an update for later where nothing is announced, and says when it lies ready', async () => {
    await renderApp(withPreload({ build, announced: false, ready: false }), '#/game/skylark');
    expect(screen.getByRole('button', { name: 'Download 2.0.0 now, update later' })).toBeDefined();
    cleanup();
    await renderApp(withPreload({ build, announced: true, ready: true }), '#/game/skylark');
    expect(screen.getByText('2.0.0 lies ready and waits for its release.')).toBeDefined();
  });
});

describe('the plan', () => {
  it('stands beside the button in figures', async () => {
    await renderApp(scenario('library'), '#/game/skylark');
    const main = screen.getByRole('main');
    expect(await within(main).findByText('38.4 MB')).toBeDefined();
    expect(within(main).getByText('Saved by patching').nextSibling?.textContent).toBe('1.2 GB');
    expect(within(main).getByText('about 14 sec')).toBeDefined();
  });

  it('warns before a drive would run full', async () => {
    const slices = withGame({ action: 'install' });
    await renderApp(slices, '#/game/skylark', (fake) =>
      fake.answer('install:plan', () => ({
        ok: true,
        value: {
          ...samplePlan(makeGame(), 'install'),
          diskPeakBytes: 5_000_000_000,
          lowSpacePeakBytes: null,
          freeBytes: 1_000_000_000,
        },
      })),
    );
    expect(await screen.findByText(/needs 5.0 GB and the drive has 1.0 GB free/)).toBeDefined();
  });

  it('says when files are replaced as it goes, and that the way back is given up for it', async () => {
    const space =
      (freeBytes: number) => (fake: Parameters<NonNullable<Parameters<typeof renderApp>[2]>>[0]) =>
        fake.answer('install:plan', () => ({
          ok: true,
          value: {
            ...samplePlan(makeGame(), 'update'),
            patchHops: 2,
            diskPeakBytes: 5_000_000_000,
            lowSpacePeakBytes: 300_000_000,
            keptBytes: 200_000_000,
            freeBytes,
          },
        }));
    await renderApp(withGame({ action: 'install' }), '#/game/skylark', space(1_000_000_000));
    expect(
      await screen.findByText(/cannot be played until that is done.*previous version make way/),
    ).toBeDefined();
    expect(screen.getByText('2 patches in a row')).toBeDefined();
    cleanup();
    await renderApp(withGame({ action: 'install' }), '#/game/skylark', space(4_900_000_000));
    expect(await screen.findByText(/^The kept files of the previous version make way/)).toBeDefined();
  });

  it('can be asked for again when it failed', async () => {
    const app = await renderApp(withGame({ action: 'install' }), '#/game/skylark', (fake) =>
      fake.answer('install:plan', () => refused({ message: 'No answer.', action: 'retry' })),
    );
    fireEvent.click(await screen.findByRole('button', { name: 'Try again' }));
    await waitFor(() =>
      expect(app.asked().filter((name) => name === 'install:plan').length).toBeGreaterThan(1),
    );
  });
});

describe('a failed download', () => {
  const failing = (failure: Parameters<typeof makeFailure>[0]) =>
    makeSlices({
      library: { status: 'ready', games: [makeGame({ action: 'resume' })], failure: null },
      downloads: {
        queue: [makeDownload({ phase: 'failed', failure: makeFailure(failure) })],
        finished: [],
        throughput: [],
        allPaused: false,
      },
    });

  it('leads a full disk to the install locations', async () => {
    await renderApp(failing({ action: 'free-space' }), '#/game/skylark');
    fireEvent.click(screen.getByRole('button', { name: 'See your drives' }));
    expect(window.location.hash).toBe('#/settings/installs');
  });

  it.each([
    ['retry', 'Try again', 'install:resume'],
    ['repair', 'Repair', 'install:repair'],
    ['sign-in', 'Sign in', 'session:sign-out'],
  ] as const)('offers %s as one button', async (action, label, request) => {
    const app = await renderApp(failing({ action }), '#/game/skylark');
    fireEvent.click(within(screen.getByRole('alert')).getByRole('button', { name: label }));
    expect(app.requests.at(-1)?.name).toBe(request);
  });

  it('has no button where there is nothing to press', async () => {
    await renderApp(failing({ action: 'none' }), '#/game/skylark');
    expect(within(screen.getByRole('alert')).queryByRole('button')).toBeNull();
  });
});

describe('settings of a game', () => {
  it('uninstalls only after a question, keeping the saves', async () => {
    const app = await renderApp(scenario('library'), '#/game/skylark/settings');
    fireEvent.click(screen.getByRole('button', { name: 'Uninstall' }));
    const dialog = await screen.findByRole('dialog', { name: 'Uninstall Skylark?' });
    expect(app.asked()).not.toContain('install:uninstall');
    expect(
      within(dialog).getByRole('switch', { name: 'Keep my saved games' }).getAttribute('aria-checked'),
    ).toBe('true');
    fireEvent.click(within(dialog).getByRole('button', { name: 'Uninstall' }));
    expect(app.requests.at(-1)).toEqual({
      name: 'install:uninstall',
      argument: { gameId: 'skylark', keepSaves: true },
    });
  });

  it('saves launch arguments as one list, without empty lines', async () => {
    const app = await renderApp(scenario('library'), '#/game/skylark/settings');
    fireEvent.change(screen.getByLabelText('Launch arguments'), {
      target: { value: '--windowed\n\n --seed 7 ' },
    });
    fireEvent.click(screen.getByRole('button', { name: 'Save arguments' }));
    expect(app.requests.at(-1)).toEqual({
      name: 'game:set-launch-arguments',
      argument: { gameId: 'skylark', arguments: ['--windowed', '--seed 7'] },
    });
  });

  it('sets the update policy', async () => {
    const app = await renderApp(scenario('library'), '#/game/skylark/settings');
    fireEvent.click(screen.getByRole('radio', { name: 'Ask first' }));
    expect(app.requests.at(-1)).toMatchObject({ argument: { gameId: 'skylark', updatePolicy: 'ask' } });
  });
});

describe('screenshots', () => {
  it('open large and turn with the arrow keys', async () => {
    await renderApp(scenario('library'), '#/game/ironwood');
    fireEvent.click(screen.getByRole('button', { name: 'Screenshot 1 of 3' }));
    const box = await screen.findByRole('dialog', { name: 'Ironwood' });
    fireEvent.keyDown(box, { key: 'ArrowLeft' });
    expect(within(box).getByRole('status').textContent).toBe('Screenshot 3 of 3');
    fireEvent.keyDown(box, { key: 'ArrowRight' });
    expect(within(box).getByRole('status').textContent).toBe('Screenshot 1 of 3');
  });
});

describe('a game that is not there', () => {
  it('leads back to the library', async () => {
    await renderApp(scenario('library'), '#/game/nothing');
    fireEvent.click(screen.getByRole('button', { name: 'Back to the library' }));
    expect(window.location.hash).toBe('#/library');
  });
});
