import { fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { ago, makeGame } from '../../testing/builders.ts';
import { renderApp } from '../../testing/render-app.tsx';
import { scenario } from '../../testing/scenarios.ts';
import { chooseFeatured, chooseRecent } from './home-choices.ts';

describe('home', () => {
  it('opens with the game played last and its verb', async () => {
    const app = await renderApp(scenario('library'));
    const main = screen.getByRole('main');
    expect(within(main).getByRole('heading', { level: 1 }).textContent).toBe('Skylark');
    const [primary] = within(main).getAllByRole('button', { name: 'Update Skylark' });
    fireEvent.click(primary as HTMLElement);
    expect(app.requests.at(-1)).toEqual({ name: 'install:update', argument: { gameId: 'skylark' } });
  });

  it('updates everything at once', async () => {
    const app = await renderApp(scenario('library'));
    fireEvent.click(screen.getByRole('button', { name: 'Update all' }));
    expect(
      app.requests.filter(({ name }) => name === 'install:update').map(({ argument }) => argument),
    ).toEqual([{ gameId: 'skylark' }, { gameId: 'knotwork' }]);
  });

  it('shows the quests nearest to their end first', async () => {
    await renderApp(scenario('library'));
    const region = screen.getByRole('region', { name: 'Nearly done' });
    const titles = within(region)
      .getAllByRole('listitem')
      .map((item) => item.textContent);
    expect(titles[0]).toContain('Ten quiet minutes');
    expect(titles[1]).toContain('Keeper of the lamps');
  });

  it('gives an empty library its next step', async () => {
    const app = await renderApp(scenario('empty'));
    fireEvent.click(screen.getByRole('button', { name: 'Look again' }));
    expect(app.asked()).toEqual(['library:refresh']);
  });

  it('shows a failed refresh with one button to try again', async () => {
    const app = await renderApp(scenario('library-failed'));
    fireEvent.click(within(screen.getByRole('alert')).getByRole('button', { name: 'Try again' }));
    expect(app.asked()).toEqual(['library:refresh']);
  });
});

describe('chooseFeatured', () => {
  const old = makeGame({ gameId: 'old', lastPlayedAt: ago(900) });
  const recent = makeGame({ gameId: 'recent', lastPlayedAt: ago(5) });
  const favourite = makeGame({ gameId: 'favourite', favourite: true });

  it('prefers what runs, then the last played, then a favourite', () => {
    expect(chooseFeatured([old, recent, favourite])?.gameId).toBe('recent');
    expect(chooseFeatured([recent, { ...old, running: true }])?.gameId).toBe('old');
    expect(chooseFeatured([makeGame(), favourite])?.gameId).toBe('favourite');
    expect(chooseFeatured([])).toBeNull();
  });

  it('does not show the featured game again below', () => {
    expect(chooseRecent([old, recent, favourite], 'recent').map((game) => game.gameId)).toEqual(['old']);
  });
});
