import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { LibraryGame } from '../../../preload/contract.ts';
import { installed, makeBuild, makeDownload, makeGame, makeSlices } from '../../testing/builders.ts';
import { refused } from '../../testing/fake-launcher.ts';
import { renderApp } from '../../testing/render-app.tsx';

const here = '#/game/skylark/settings';
const previous = makeBuild({ buildId: 10, version: '0.9.2', downloadBytes: 1_100_000_000 });

const withGame = (change: Partial<LibraryGame> = {}) =>
  makeSlices({
    library: {
      status: 'ready',
      games: [makeGame({ action: 'play', install: installed({ previous }), ...change })],
      failure: null,
    },
  });

const describedBy = (element: HTMLElement): string =>
  document.getElementById(element.getAttribute('aria-describedby') ?? '')?.textContent ?? '';

const press = (name: string): HTMLElement => {
  const button = screen.getByRole('button', { name });
  button.focus();
  fireEvent.click(button);
  return button;
};

describe('moving a game', () => {
  it('goes to a drive by its free space, under the name the folder has, and gives the focus back', async () => {
    const app = await renderApp(withGame(), here);
    const button = press('Move…');
    const dialog = await screen.findByRole('dialog', { name: 'Move Skylark' });
    expect(dialog.textContent).toContain('1.8 GB are in /home/robin/Games/skylark');
    // The drive it is on already is no choice.
    expect(within(dialog).getAllByRole('radio')).toHaveLength(1);
    fireEvent.click(within(dialog).getByRole('radio', { name: /archive.*31.0 GB free/ }));
    fireEvent.click(within(dialog).getByRole('button', { name: 'Move' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(app.requests.at(-1)).toEqual({
      name: 'install:move',
      argument: { gameId: 'skylark', folder: '/media/robin/archive/Games/skylark' },
    });
    await waitFor(() => expect(document.activeElement).toBe(button));
  });

  it('takes a folder that was chosen in the system’s own window', async () => {
    const app = await renderApp(withGame(), here, (fake) =>
      fake.answer('launcher:choose-folder', () => ({ ok: true, value: { folder: '/srv/games' } })),
    );
    press('Move…');
    const dialog = await screen.findByRole('dialog', { name: 'Move Skylark' });
    fireEvent.click(within(dialog).getByRole('button', { name: 'Choose: New folder' }));
    const field = within(dialog).getByLabelText<HTMLInputElement>('New folder');
    await waitFor(() => expect(field.value).toBe('/srv/games'));
    expect(app.requests.at(-1)).toEqual({
      name: 'launcher:choose-folder',
      argument: { purpose: 'move', startAt: '/home/robin/Games/skylark' },
    });
    app.answer('launcher:choose-folder', () => ({ ok: true, value: { folder: null } }));
    fireEvent.click(within(dialog).getByRole('button', { name: 'Choose: New folder' }));
    await waitFor(() => expect(app.requests.at(-1)?.argument).toMatchObject({ startAt: '/srv/games' }));
    expect(field.value).toBe('/srv/games');
  });

  it('asks for nothing before a full path to another folder is given', async () => {
    const app = await renderApp(withGame(), here);
    press('Move…');
    const dialog = await screen.findByRole('dialog', { name: 'Move Skylark' });
    const field = within(dialog).getByLabelText<HTMLInputElement>('New folder');
    const move = within(dialog).getByRole('button', { name: 'Move' });
    fireEvent.change(field, { target: { value: 'games' } });
    fireEvent.click(move);
    expect(describedBy(field)).toMatch(/full path/);
    expect(field.getAttribute('aria-invalid')).toBe('true');
    fireEvent.change(field, { target: { value: '/home/robin/Games/skylark' } });
    fireEvent.click(move);
    expect(describedBy(field)).toBe('The game is in this folder now.');
    expect(app.asked()).not.toContain('install:move');
  });

  it('warns where the drive chosen has too little space', async () => {
    const slices = withGame({ install: installed({ sizeBytes: 40_000_000_000 }) });
    await renderApp(slices, here);
    press('Move…');
    const dialog = await screen.findByRole('dialog', { name: 'Move Skylark' });
    expect(within(dialog).queryByText(/the drive has/)).toBeNull();
    fireEvent.click(within(dialog).getByRole('radio'));
    expect(within(dialog).getByText(/needs 40.0 GB and the drive has 31.0 GB free/)).toBeDefined();
  });

  it('stays open with the reason where it is refused, and can be tried again', async () => {
    const app = await renderApp(withGame(), here, (fake) =>
      fake.answer('install:move', () =>
        refused({ message: 'The folder belongs to Orrery.', action: 'retry' }),
      ),
    );
    press('Move…');
    const dialog = await screen.findByRole('dialog', { name: 'Move Skylark' });
    fireEvent.change(within(dialog).getByLabelText('New folder'), { target: { value: ' /srv/orrery ' } });
    fireEvent.click(within(dialog).getByRole('button', { name: 'Move' }));
    const card = await within(dialog).findByRole('alert');
    expect(card.textContent).toContain('The folder belongs to Orrery.');
    await act(async () => {
      fireEvent.click(within(card).getByRole('button', { name: 'Try again' }));
    });
    const moves = app.requests.filter(({ name }) => name === 'install:move');
    expect(moves).toHaveLength(2);
    expect(moves[1]?.argument).toEqual({ gameId: 'skylark', folder: '/srv/orrery' });
  });
});

describe('going back to the previous version', () => {
  const kept =
    (sizeBytes: number | null) => (fake: Parameters<NonNullable<Parameters<typeof renderApp>[2]>>[0]) =>
      fake.answer('install:read-kept', () => ({
        ok: true,
        value: sizeBytes === null ? null : { sizeBytes },
      }));

  it('is at once where the files are kept, and is only done after a question', async () => {
    const app = await renderApp(withGame(), here, kept(118_000_000));
    const button = press('Go back to 0.9.2…');
    expect(describedBy(button)).toMatch(/at once: the files of 0.9.2 are kept and take 118 MB/);
    const dialog = await screen.findByRole('dialog', { name: 'Go back to Skylark 0.9.2?' });
    expect(dialog.textContent).toContain('nothing has to be downloaded');
    expect(app.asked()).not.toContain('install:roll-back');
    fireEvent.click(within(dialog).getByRole('button', { name: 'Go back' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(app.requests.at(-1)).toEqual({ name: 'install:roll-back', argument: { gameId: 'skylark' } });
    await waitFor(() => expect(document.activeElement).toBe(button));
  });

  it('says what it downloads where they are not', async () => {
    await renderApp(withGame(), here, kept(null));
    const button = press('Go back to 0.9.2…');
    expect(describedBy(button)).toMatch(/not kept, so up to 1.1 GB are downloaded/);
    const dialog = await screen.findByRole('dialog', { name: 'Go back to Skylark 0.9.2?' });
    expect(dialog.textContent).toContain('up to 1.1 GB are downloaded');
  });

  it('is not possible without one, and says so', async () => {
    const app = await renderApp(withGame({ install: installed() }), here);
    const button = press('Go back…');
    expect(button.getAttribute('aria-disabled')).toBe('true');
    expect(describedBy(button)).toBe('There is no previous version of this install to go back to.');
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(app.asked()).not.toContain('install:read-kept');
  });

  it('shows why it cannot be known what it takes, and asks again', async () => {
    const app = await renderApp(withGame(), here, (fake) =>
      fake.answer('install:read-kept', () => refused({ message: 'The drive is away.', action: 'retry' })),
    );
    const card = screen.getByRole('alert');
    expect(card.textContent).toContain('The drive is away.');
    app.answer('install:read-kept', () => ({ ok: true, value: { sizeBytes: 7_000_000 } }));
    fireEvent.click(within(card).getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText(/are kept and take 7.0 MB/)).toBeDefined();
    expect(screen.queryByRole('alert')).toBeNull();
  });
});

describe('using a copy that is on this computer', () => {
  const absent = () => withGame({ action: 'install', install: { status: 'not-installed' } });
  const open = async () => {
    const button = press('Use a copy that is already on this computer…');
    const dialog = await screen.findByRole('dialog', { name: 'Use a copy of Skylark' });
    const field = within(dialog).getByLabelText<HTMLInputElement>('Folder of the copy');
    const act = (name: string) => fireEvent.click(within(dialog).getByRole('button', { name }));
    return { button, dialog, field, act };
  };

  it('says what is kept and downloaded before it begins, and gives the focus back', async () => {
    const app = await renderApp(absent(), here);
    const { button, dialog, field, act: choose } = await open();
    fireEvent.change(field, { target: { value: ' /old/skylark ' } });
    choose('Look at the copy');
    const kept = await within(dialog).findByText('Kept of the copy');
    expect(kept.nextSibling?.textContent).toBe('1.2 GB');
    expect(within(dialog).getByText('Download').nextSibling?.textContent).toBe('4.2 MB');
    expect(app.asked()).not.toContain('install:adopt');
    choose('Use this copy');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(app.requests.at(-1)).toEqual({
      name: 'install:adopt',
      argument: { gameId: 'skylark', folder: '/old/skylark' },
    });
    await waitFor(() => expect(document.activeElement).toBe(button));
  });

  it('looks again when another folder is written', async () => {
    const app = await renderApp(absent(), here);
    const { dialog, field, act: choose } = await open();
    choose('Look at the copy');
    expect(describedBy(field)).toMatch(/full path/);
    fireEvent.change(field, { target: { value: '/old/skylark' } });
    choose('Look at the copy');
    await within(dialog).findByText('Kept of the copy');
    fireEvent.change(field, { target: { value: '/older/skylark' } });
    expect(within(dialog).queryByText('Kept of the copy')).toBeNull();
    choose('Look at the copy');
    await within(dialog).findByText('Kept of the copy');
    expect(app.requests.at(-1)).toMatchObject({ argument: { folder: '/older/skylark' } });
  });

  it('stops reading when told to, or when the dialog is closed', async () => {
    const { promise, resolve } = Promise.withResolvers<ReturnType<typeof refused>>();
    const app = await renderApp(absent(), here, (fake) => {
      fake.answer('install:plan-adoption', () => promise);
      fake.answer('install:cancel-adoption', () => ({ ok: true, value: null }));
    });
    const { dialog, field, act: choose } = await open();
    fireEvent.change(field, { target: { value: '/old/skylark' } });
    choose('Look at the copy');
    choose('Stop reading');
    await waitFor(() => expect(app.asked().at(-1)).toBe('install:cancel-adoption'));
    await act(async () => resolve(refused({ code: 'INSTALL_CANCELLED' })));
    expect(within(dialog).queryByRole('alert')).toBeNull();
    choose('Look at the copy');
    fireEvent.keyDown(dialog, { key: 'Escape' });
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('says why a copy cannot be looked at', async () => {
    await renderApp(absent(), here, (fake) =>
      fake.answer('install:plan-adoption', () => refused({ message: 'There is no such folder.' })),
    );
    const { dialog, field, act: choose } = await open();
    fireEvent.change(field, { target: { value: '/nowhere' } });
    choose('Look at the copy');
    expect((await within(dialog).findByRole('alert')).textContent).toContain('There is no such folder.');
    expect(within(dialog).getByRole('button', { name: 'Look at the copy' })).toBeDefined();
  });

  it('is not offered for a game without a build for this machine', async () => {
    await renderApp(
      withGame({ action: 'unavailable', latest: null, install: { status: 'not-installed' } }),
      here,
    );
    expect(screen.getByText('Install the game to see its files here.')).toBeDefined();
    expect(screen.queryByRole('button', { name: /Use a copy/ })).toBeNull();
  });
});

describe('while something else has the files', () => {
  it('neither is possible in a running game', async () => {
    await renderApp(withGame({ running: true, action: 'stop' }), here);
    for (const name of ['Move…', 'Go back to 0.9.2…']) {
      const button = press(name);
      expect(button.getAttribute('aria-disabled')).toBe('true');
      expect(describedBy(button)).toMatch(/Close the game first\.$/);
    }
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('shows a move where updates are shown, and waits for its end', async () => {
    const copying = makeDownload({ reason: 'move', phase: 'copying', route: 'none' });
    const slices = withGame({ action: 'pause' });
    const app = await renderApp({ ...slices, downloads: { ...slices.downloads, queue: [copying] } }, here);
    const main = screen.getByRole('main');
    expect(within(main).getByText('Move to another folder')).toBeDefined();
    expect(within(main).getByText('Copying')).toBeDefined();
    expect(within(main).getByText('71.0 MB/s')).toBeDefined();
    const button = screen.getByRole('button', { name: 'Go back to 0.9.2…' });
    expect(describedBy(button)).toMatch(/Possible when this is done: Move to another folder\.$/);
    // What is paused gives way.
    await act(async () =>
      app.change('downloads', { ...slices.downloads, queue: [{ ...copying, phase: 'paused' }] }),
    );
    expect(button.getAttribute('aria-disabled')).toBeNull();
  });
});
