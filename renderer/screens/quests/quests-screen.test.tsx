import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { Answer, Receipt } from '../../../preload/contract.ts';
import { makeReceipt } from '../../testing/builders.ts';
import { ok, refused } from '../../testing/fake-launcher.ts';
import { renderApp } from '../../testing/render-app.tsx';
import { scenario } from '../../testing/scenarios.ts';

const claimName = 'Claim the reward of Music of the spheres';

describe('claiming a reward', () => {
  it('shows the receipt and the new balance once the service booked it', async () => {
    const app = await renderApp(scenario('quests-ready'), '#/quests');
    fireEvent.click(screen.getByRole('button', { name: claimName }));
    const receipt = await screen.findByRole('dialog', { name: 'Reward confirmed' });
    expect(app.requests.at(-1)).toEqual({ name: 'quest:claim', argument: { questId: 'orrery-spheres' } });
    expect(receipt.textContent).toContain('+250');
    expect(within(receipt).getByText('rcp_9K2LQ7WD')).toBeDefined();
    expect(within(receipt).getByText('1,500')).toBeDefined();
  });

  it('leaves the focus on the screen when the receipt is closed, though its button is gone', async () => {
    await renderApp(scenario('quests-ready'), '#/quests');
    fireEvent.click(screen.getByRole('button', { name: claimName }));
    const receipt = await screen.findByRole('dialog', { name: 'Reward confirmed' });
    fireEvent.click(within(receipt).getByRole('button', { name: 'Done' }));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('heading', { level: 1 })));
  });

  it('promises nothing before the answer, and asks only once', async () => {
    let book: (answer: Answer<Receipt>) => void = () => {};
    const app = await renderApp(scenario('quests-ready'), '#/quests', (fake) =>
      fake.answer('quest:claim', () => new Promise((resolve) => (book = resolve))),
    );
    const button = screen.getByRole<HTMLButtonElement>('button', { name: claimName });
    fireEvent.click(button);
    expect(button.textContent).toBe('Claiming');
    expect(button.disabled).toBe(true);
    expect(screen.queryByRole('dialog')).toBeNull();
    await act(async () => book(ok(makeReceipt({ questTitle: 'Music of the spheres' }))));
    expect(screen.getByRole('dialog', { name: 'Reward confirmed' })).toBeDefined();
    expect(app.asked()).toEqual(['quest:claim']);
  });

  it('says what went wrong, and the quest stays claimable', async () => {
    await renderApp(scenario('quests-ready'), '#/quests', (fake) =>
      fake.answer('quest:claim', () => refused({ message: 'The reward was not booked.' })),
    );
    await act(async () => {
      fireEvent.click(screen.getByRole('button', { name: claimName }));
    });
    expect(screen.getAllByText('The reward was not booked.').length).toBeGreaterThan(0);
    expect(screen.getByRole<HTMLButtonElement>('button', { name: claimName, hidden: true }).disabled).toBe(
      false,
    );
    expect(screen.queryByRole('dialog', { name: 'Reward confirmed' })).toBeNull();
  });

  it('waits while offline', async () => {
    await renderApp(scenario('offline'), '#/quests');
    expect(screen.getByRole<HTMLButtonElement>('button', { name: claimName }).disabled).toBe(true);
    expect(screen.getByText(/can be claimed when you are online/)).toBeDefined();
  });
});

describe('quests', () => {
  it('are grouped by how they stand', async () => {
    await renderApp(scenario('quests-ready'), '#/quests');
    const headings = within(screen.getByRole('main')).getAllByRole('heading', { level: 2 });
    expect(headings.map((heading) => heading.textContent)).toEqual([
      'Ready to claim',
      'In progress',
      'Available',
      'Done',
      'History',
    ]);
  });

  it('say their progress in time, not only as a bar', async () => {
    await renderApp(scenario('quests-ready'), '#/quests');
    const bar = screen.getByRole('progressbar', { name: 'Progress of Ten quiet minutes' });
    expect(bar.getAttribute('aria-valuetext')).toBe('9 min of 10 min');
  });

  it('open an old receipt from the history', async () => {
    await renderApp(scenario('quests-ready'), '#/quests');
    fireEvent.click(screen.getByRole('button', { name: 'Receipt for The missing note' }));
    expect((await screen.findByRole('dialog')).textContent).toContain('rcp_0R5VNH6D');
  });
});
