import { act, fireEvent, render, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { App } from './app.tsx';
import { ok, refused } from './testing/fake-launcher.ts';
import { renderApp } from './testing/render-app.tsx';
import { scenario } from './testing/scenarios.ts';

describe('the launcher', () => {
  it('says so when it is opened without its host', () => {
    Object.assign(window, { launcher: undefined });
    render(<App />);
    expect(screen.getByRole('heading', { name: 'This page belongs to the launcher' })).toBeDefined();
  });

  it('shows why it could not start, and starts on a second try', async () => {
    await renderApp(scenario('library'), '#/home', (fake) => {
      let tries = 0;
      const slices = fake.slices();
      fake.answer('state:read', () => {
        tries += 1;
        return tries === 1 ? refused({ message: 'Main is busy.' }) : ok({ revision: 1, slices });
      });
    });
    expect(screen.getByRole('alert').textContent).toContain('Main is busy.');
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('heading', { level: 1, name: 'Skylark' })).toBeDefined();
  });

  it('goes to the sign-in screen as soon as main says signed out', async () => {
    const app = await renderApp(scenario('library'));
    act(() => app.change('session', { status: 'signed-out', failure: null }));
    expect(screen.getByRole('heading', { name: 'Sign in' })).toBeDefined();
  });

  it('reads a notice out and leads to its game', async () => {
    const app = await renderApp(scenario('library'));
    act(() =>
      app.notice({ kind: 'success', title: 'Orrery is ready', text: 'Version 1.1.0', gameId: 'orrery' }),
    );
    const notices = screen.getByLabelText('Notices');
    expect(within(notices).getAllByText('Orrery is ready').length).toBeGreaterThan(0);
    fireEvent.click(within(notices).getByRole('button', { name: 'Open game' }));
    expect(window.location.hash).toBe('#/game/orrery');
  });

  it('tells once that it is offline', async () => {
    await renderApp(scenario('offline'));
    expect(screen.getByText(/You are offline/)).toBeDefined();
  });

  it('moves the focus to the heading of a new screen', async () => {
    await renderApp(scenario('library'));
    await act(async () => {
      window.location.hash = '#/quests';
      window.dispatchEvent(new HashChangeEvent('hashchange'));
    });
    expect(document.activeElement).toBe(
      screen.getByRole('heading', { level: 1, name: 'Quests and rewards' }),
    );
    expect(document.title).toBe('Quests · Gantry');
  });

  it('follows theme and text size', async () => {
    await renderApp(scenario('library', { theme: 'light', textScale: 1.3 }));
    expect(document.documentElement.dataset).toMatchObject({ theme: 'light', textScale: '1.3' });
  });
});

describe('quick switch', () => {
  it('opens with Ctrl+K, finds while typing and opens with Enter', async () => {
    await renderApp(scenario('library'));
    fireEvent.keyDown(window, { key: 'k', ctrlKey: true });
    const field = await screen.findByRole('combobox', { name: 'Game or screen' });
    fireEvent.change(field, { target: { value: 'knot' } });
    expect(screen.getByRole('option', { selected: true }).textContent).toContain('Knotwork');
    fireEvent.keyDown(field, { key: 'Enter' });
    expect(window.location.hash).toBe('#/game/knotwork');
  });

  it('goes round with the arrow keys and finds screens too', async () => {
    await renderApp(scenario('library'));
    fireEvent.keyDown(window, { key: 'k', metaKey: true });
    const field = await screen.findByRole('combobox', { name: 'Game or screen' });
    fireEvent.keyDown(field, { key: 'ArrowUp' });
    expect(screen.getAllByRole('option').at(-1)?.getAttribute('aria-selected')).toBe('true');
    fireEvent.change(field, { target: { value: 'sett' } });
    fireEvent.keyDown(field, { key: 'Enter' });
    expect(window.location.hash).toBe('#/settings/appearance');
  });
});

describe('the downloads strip', () => {
  it('shows speed and time left, and pauses', async () => {
    const app = await renderApp(scenario('downloading'));
    const strip = screen.getByRole('complementary', { name: 'Current download' });
    expect(strip.textContent).toContain('48.6 MB/s');
    expect(strip.textContent).toContain('2 min left');
    fireEvent.click(within(strip).getByRole('button', { name: 'Pause Skylark' }));
    expect(app.requests.at(-1)).toEqual({ name: 'install:pause', argument: { gameId: 'skylark' } });
  });
});
