import { expect, test } from 'vitest';
import { createHandClock } from '../testing/hand-clock.ts';
import { createRefresher, FRESH_MS, POLL_PERIOD_MS } from './refresher.ts';

function open(random = 0.5) {
  const clock = createHandClock();
  const asked: number[] = [];
  const refresher = createRefresher({
    clock,
    work: async () => void asked.push(clock.now()),
    quietly: (work) => work(),
    random: () => random,
  });
  return { clock, refresher, asked };
}

test('a player who looks again and again makes it ask once in half a minute', async () => {
  const { clock, refresher, asked } = open();
  await refresher.freshen();
  for (let look = 0; look < 5; look += 1) {
    clock.advance(FRESH_MS / 6);
    await refresher.freshen();
  }
  expect(asked).toHaveLength(1);
  clock.advance(FRESH_MS / 6);
  await refresher.freshen();
  expect(asked).toHaveLength(2);
});

test('who asks by name is never put off', async () => {
  const { refresher, asked } = open();
  await refresher.refresh();
  await refresher.refresh();
  expect(asked).toHaveLength(2);
});

test.each([
  ['a fifth sooner', 0, 0.8],
  ['on time', 0.5, 1],
  ['a fifth later', 1, 1.2],
])('it looks by itself, %s as chance has it, until it is closed', (_when, random, share) => {
  const { clock, refresher, asked } = open(random);
  refresher.start();
  clock.advance(POLL_PERIOD_MS * share - 1);
  expect(asked).toHaveLength(0);
  clock.advance(1);
  expect(asked).toHaveLength(1);
  clock.advance(POLL_PERIOD_MS * share);
  expect(asked).toHaveLength(2);
  refresher.close();
  clock.advance(POLL_PERIOD_MS * 10);
  expect(asked).toHaveLength(2);
});
