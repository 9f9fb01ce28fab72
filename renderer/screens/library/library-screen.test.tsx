import { act, fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { renderApp } from '../../testing/render-app.tsx';
import { scenario } from '../../testing/scenarios.ts';
import { layOutCovers } from './library-grid.tsx';

const grid = () => screen.getByRole('grid', { name: 'Games' });
const titles = (): (string | null)[] =>
  within(grid())
    .getAllByRole('gridcell')
    .map((cell) => cell.textContent);

describe('the library', () => {
  it('finds while typing and counts what is left', async () => {
    await renderApp(scenario('library'), '#/library');
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'brass moon' } });
    expect(titles()).toHaveLength(1);
    expect(titles()[0]).toContain('Orrery');
    expect(screen.getByText('1 game')).toBeDefined();
  });

  it('shows everything again from an empty result', async () => {
    await renderApp(scenario('library'), '#/library');
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'zzz' } });
    fireEvent.click(screen.getByRole('button', { name: 'Show all games' }));
    expect(screen.getByText('12 games')).toBeDefined();
  });

  it('filters favourites and follows a change of one', async () => {
    const app = await renderApp(scenario('library'), '#/library');
    fireEvent.click(screen.getByRole('radio', { name: 'Favourites' }));
    expect(titles()).toHaveLength(2);
    fireEvent.click(screen.getByRole('radio', { name: 'List' }));
    await act(async () => {
      fireEvent.click(screen.getByRole('button', { name: 'Favourite: Skylark' }));
    });
    expect(app.requests.at(-1)).toEqual({
      name: 'library:set-favourite',
      argument: { gameId: 'skylark', favourite: false },
    });
    expect(screen.getByText('1 game')).toBeDefined();
  });

  it('keeps only the rows near the window in the document, of two thousand games', async () => {
    await renderApp(scenario('library-2000'), '#/library');
    expect(screen.getByText('2,000 games')).toBeDefined();
    expect(within(grid()).getAllByRole('gridcell').length).toBeLessThan(60);
    expect(Number(grid().getAttribute('aria-rowcount'))).toBeGreaterThan(200);
  });

  it('is one tab stop with arrow keys inside', async () => {
    await renderApp(scenario('library'), '#/library');
    const links = within(grid()).getAllByRole('link');
    expect(links.filter((link) => link.tabIndex === 0)).toHaveLength(1);
    const [first, second] = links as [HTMLElement, HTMLElement];
    act(() => first.focus());
    act(() => {
      fireEvent.keyDown(first, { key: 'ArrowRight' });
    });
    expect(document.activeElement).toBe(second);
    expect(second.tabIndex).toBe(0);
    expect(first.tabIndex).toBe(-1);
  });
});

describe('layOutCovers', () => {
  it('fits as many covers as keep their least width', () => {
    expect(layOutCovers(1280, 16).columns).toBe(6);
    expect(layOutCovers(934, 16).columns).toBe(4);
  });

  it('keeps two columns in the narrowest window and follows the text size', () => {
    expect(layOutCovers(200, 16).columns).toBe(2);
    expect(layOutCovers(1280, 24).columns).toBe(4);
  });
});
