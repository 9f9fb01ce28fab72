import { act, fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { refused } from '../../testing/fake-launcher.ts';
import { renderApp } from '../../testing/render-app.tsx';
import { scenario } from '../../testing/scenarios.ts';

describe('settings', () => {
  it('change the theme at once', async () => {
    const app = await renderApp(scenario('library'), '#/settings/appearance');
    await act(async () => {
      fireEvent.click(screen.getByRole('radio', { name: 'Day' }));
    });
    expect(app.requests.at(-1)).toEqual({ name: 'settings:update', argument: { theme: 'light' } });
    expect(document.documentElement.dataset['theme']).toBe('light');
  });

  it('choose a drive by its free space, or any other folder', async () => {
    const app = await renderApp(scenario('library'), '#/settings/installs');
    fireEvent.click(screen.getByRole('radio', { name: /archive/ }));
    expect(app.requests.at(-1)).toMatchObject({ argument: { installFolder: '/media/robin/archive/Games' } });
    await act(async () => {});
    fireEvent.change(screen.getByLabelText('Another folder'), { target: { value: ' /srv/games ' } });
    fireEvent.click(screen.getByRole('button', { name: 'Use this folder' }));
    expect(app.requests.at(-1)).toMatchObject({ argument: { installFolder: '/srv/games' } });
  });

  it('show sessions and sign one out, never this one', async () => {
    const app = await renderApp(scenario('library'), '#/settings/account');
    const list = await screen.findByRole('region', { name: 'Where you are signed in' });
    await within(list).findByText('Gantry on Windows');
    expect(within(list).getAllByRole('button')).toHaveLength(1);
    await act(async () => {
      fireEvent.click(within(list).getByRole('button', { name: 'Sign out Gantry on Windows' }));
    });
    expect(app.requests).toContainEqual({ name: 'session:revoke', argument: { sessionId: 's2' } });
    expect(within(list).queryByText('Gantry on Windows')).toBeNull();
  });

  it('keep reports off until they are turned on, and say what is in them', async () => {
    const app = await renderApp(scenario('library'), '#/settings/privacy');
    const toggle = screen.getByRole('switch', { name: 'Send usage reports' });
    expect(toggle.getAttribute('aria-checked')).toBe('false');
    expect(screen.getByText(/Never your name/)).toBeDefined();
    fireEvent.click(toggle);
    expect(app.requests.at(-1)).toMatchObject({ argument: { telemetry: true } });
  });

  it('turn update hours on, and show them while they are', async () => {
    const app = await renderApp(scenario('library'), '#/settings/downloads');
    expect(screen.queryByText('From')).toBeNull();
    fireEvent.click(screen.getByRole('switch', { name: 'Update hours' }));
    expect(app.requests.at(-1)).toMatchObject({
      argument: { downloadWindow: { startMinute: 120, endMinute: 360 } },
    });
    expect(await screen.findByText('From')).toBeDefined();
    expect(screen.getByText('An end before the beginning is on the next day.')).toBeDefined();
  });

  it('keep previous versions or not, and say what those cost', async () => {
    const app = await renderApp(scenario('library'), '#/settings/downloads');
    const toggle = screen.getByRole('switch', { name: 'Keep the previous version after an update' });
    expect(toggle.getAttribute('aria-checked')).toBe('true');
    expect(await screen.findByText(/1 game keeps 118 MB now/)).toBeDefined();
    fireEvent.click(toggle);
    expect(app.requests.at(-1)).toEqual({ name: 'settings:update', argument: { keepPrevious: false } });
  });

  it('name no cost of previous versions that cannot be read', async () => {
    await renderApp(scenario('library'), '#/settings/downloads', (fake) =>
      fake.answer('install:read-kept', ({ gameId }) =>
        gameId === 'skylark' ? refused() : { ok: true, value: { sizeBytes: 5 } },
      ),
    );
    await act(async () => {});
    expect(screen.queryByText(/ now\.$/)).toBeNull();
  });

  it('make a bundle and show its support code', async () => {
    await renderApp(scenario('library'), '#/settings/diagnostics');
    fireEvent.click(screen.getByRole('button', { name: 'Make a bundle' }));
    expect(await screen.findByText('GT-4F7K-2M9Q')).toBeDefined();
  });

  it('restart into a new launcher', async () => {
    const app = await renderApp(scenario('launcher-update'), '#/settings/about');
    fireEvent.click(screen.getByRole('button', { name: 'Restart to update' }));
    expect(app.asked()).toEqual(['launcher:restart-to-update']);
  });

  it('are reached by section with the arrow keys', async () => {
    await renderApp(scenario('library'), '#/settings/appearance');
    const tab = screen.getByRole('tab', { name: 'Appearance' });
    expect(tab.getAttribute('aria-selected')).toBe('true');
    fireEvent.click(screen.getByRole('tab', { name: 'Privacy' }));
    expect(window.location.hash).toBe('#/settings/privacy');
  });
});
