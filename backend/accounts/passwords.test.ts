import { expect, it } from 'vitest';
import { createGate } from './passwords.ts';

it('runs a few at once, lets some wait and refuses the rest', async () => {
  const gate = createGate(2, 3);
  const release: (() => void)[] = [];
  let running = 0;
  let runningMax = 0;
  const work = () =>
    gate(async () => {
      running += 1;
      runningMax = Math.max(runningMax, running);
      await new Promise<void>((resolve) => release.push(resolve));
      running -= 1;
    });
  const accepted = [work(), work(), work(), work(), work()];
  await expect(work()).rejects.toMatchObject({ code: 'SERVICE_BUSY', family: 'unavailable' });
  while (release.length > 0) {
    release.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(accepted);
  expect(runningMax).toBe(2);
  const again = work();
  release.shift()?.();
  await again;
});

it('gives its place on after a failure', async () => {
  const gate = createGate(1, 1);
  await expect(gate(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await gate(async () => 'yes')).toBe('yes');
});
