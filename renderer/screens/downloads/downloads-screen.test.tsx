import { act, fireEvent, screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { renderApp } from '../../testing/render-app.tsx';
import { makeFailure } from '../../testing/builders.ts';
import { scenario } from '../../testing/scenarios.ts';

const queueTitles = (): (string | undefined)[] =>
  within(screen.getByRole('region', { name: 'Queue' }))
    .getAllByRole('listitem')
    .map((item) => /Skylark|Overgrown|Knotwork/.exec(item.textContent ?? '')?.[0]);

describe('the queue', () => {
  it('is re-ordered by arrow keys on the handle, which keeps the focus', async () => {
    const app = await renderApp(scenario('downloading'), '#/downloads');
    const handle = screen.getByRole('button', { name: 'Move Knotwork, place 3 of 3' });
    handle.focus();
    await act(async () => {
      fireEvent.keyDown(handle, { key: 'ArrowUp' });
    });
    expect(app.requests.at(-1)).toEqual({
      name: 'downloads:move',
      argument: { gameId: 'knotwork', position: 1 },
    });
    expect(queueTitles()).toEqual(['Skylark', 'Knotwork', 'Overgrown']);
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Move Knotwork, place 2 of 3' }));
    expect(screen.getByText('Knotwork is now number 2 of 3.')).toBeDefined();
  });

  it('does not ask for places outside it', async () => {
    const app = await renderApp(scenario('downloading'), '#/downloads');
    fireEvent.keyDown(screen.getByRole('button', { name: 'Move Skylark, place 1 of 3' }), { key: 'ArrowUp' });
    fireEvent.keyDown(screen.getByRole('button', { name: 'Move Knotwork, place 3 of 3' }), {
      key: 'ArrowDown',
    });
    expect(app.asked()).toEqual([]);
  });

  it('is re-ordered by dragging', async () => {
    const app = await renderApp(scenario('downloading'), '#/downloads');
    const items = within(screen.getByRole('region', { name: 'Queue' })).getAllByRole('listitem');
    const [first, , third] = items as [HTMLElement, HTMLElement, HTMLElement];
    fireEvent.dragStart(third, { dataTransfer: {} });
    fireEvent.dragEnter(first);
    fireEvent.drop(first);
    expect(app.requests.at(-1)).toEqual({
      name: 'downloads:move',
      argument: { gameId: 'knotwork', position: 0 },
    });
  });
});

describe('downloads', () => {
  it('shows throughput as a picture that can be heard', async () => {
    await renderApp(scenario('downloading'), '#/downloads');
    expect(screen.getByRole('img', { name: /Network 50.4 MB\/s, disk .* peak/ })).toBeDefined();
  });

  it('names the step that runs', async () => {
    await renderApp(scenario('patching'), '#/downloads');
    const steps = screen.getByRole('list', { name: 'Steps' });
    expect(steps.querySelector('[aria-current="step"]')?.textContent).toBe('Patching');
  });

  it('pauses and resumes everything', async () => {
    const app = await renderApp(scenario('downloading'), '#/downloads');
    fireEvent.click(screen.getByRole('button', { name: 'Pause all' }));
    act(() => app.change('downloads', scenario('paused').downloads));
    fireEvent.click(screen.getByRole('button', { name: 'Resume all' }));
    expect(app.asked()).toEqual(['downloads:pause-all', 'downloads:resume-all']);
  });

  it('says when a scheduled update starts, and starts it now when asked', async () => {
    const app = await renderApp(scenario('waiting'), '#/downloads');
    expect(screen.getAllByText(/^Starts at \d/).length).toBeGreaterThan(0);
    fireEvent.click(screen.getByRole('button', { name: 'Download Knotwork now' }));
    expect(app.requests.at(-1)).toEqual({ name: 'install:resume', argument: { gameId: 'knotwork' } });
  });

  it('says why a download stopped, what was found, and what to tell support', async () => {
    await renderApp(scenario('failed'), '#/downloads');
    const card = screen.getByRole('alert');
    expect(within(card).getByText(/less free space than the build needs/)).toBeDefined();
    expect(
      within(card)
        .getAllByRole('listitem')
        .map(({ textContent }) => textContent),
    ).toEqual([
      'The drive of /home/robin/Games has 480.2 MB free.',
      'Free at least 1.2 GB there: 1.7 GB are needed.',
    ]);
    expect(within(card).getByText('Support code GNT-K7QM-4T2X · INSTALL_DISK_FULL')).toBeDefined();
  });

  it('says when it tries again by itself, and tries now when asked', async () => {
    const app = await renderApp(scenario('waiting'), '#/downloads');
    expect(screen.getByText(/^Gantry tries again by itself at \d/)).toBeDefined();
    fireEvent.click(screen.getByRole('button', { name: 'Try now' }));
    expect(app.requests.at(-1)).toEqual({ name: 'install:resume', argument: { gameId: 'skylark' } });
  });

  it.each([
    ['open-portal', 'Open sign-in page', 'launcher:open-captive-portal'],
    ['fix-clock', 'Open clock settings', 'launcher:open-clock-settings'],
  ] as const)('offers %s', async (action, name, asked) => {
    const slices = scenario('failed');
    const [first, ...rest] = slices.downloads.queue;
    if (first === undefined) throw new Error('the scenario has a queue');
    const failure = makeFailure({ action });
    const app = await renderApp(
      { ...slices, downloads: { ...slices.downloads, queue: [{ ...first, failure }, ...rest] } },
      '#/downloads',
    );
    fireEvent.click(screen.getByRole('button', { name }));
    expect(app.asked()).toEqual([asked]);
  });

  it('lists what is finished with what patching saved, and clears it', async () => {
    await renderApp(scenario('downloading'), '#/downloads');
    expect(screen.getByText('948 MB saved by patching')).toBeDefined();
    await act(async () => {
      fireEvent.click(screen.getByRole('button', { name: 'Clear list' }));
    });
    expect(screen.queryByRole('heading', { name: 'Finished' })).toBeNull();
  });

  it('says what will be here while nothing is', async () => {
    await renderApp(scenario('library'), '#/downloads');
    expect(screen.getByRole('heading', { name: 'Nothing is downloading' })).toBeDefined();
  });
});
