import { describe, expect, it } from 'vitest';
import { AheadQueue } from './ahead-queue.ts';

describe('AheadQueue', () => {
  it('gives results in the order of the items, whatever order they come in', async () => {
    const finish: (() => void)[] = [];
    const work = (item: number) => new Promise<number>((resolve) => finish.push(() => resolve(item)));
    const queue = new AheadQueue([1, 2, 3], work, 2);
    const first = queue.next();
    finish[1]?.();
    finish[0]?.();
    expect(await first).toBe(1);
    expect(await queue.next()).toBe(2);
    finish[2]?.();
    expect(await queue.next()).toBe(3);
  });

  it('begins no more at a time than it may, and the next only when one was taken', async () => {
    const begun: number[] = [];
    const queue = new AheadQueue([1, 2, 3, 4], async (item) => begun.push(item), 2);
    await queue.next();
    expect(begun).toEqual([1, 2]);
    await queue.next();
    expect(begun).toEqual([1, 2, 3]);
  });

  it('fails at the item that failed', async () => {
    const work = async (item: number) => {
      if (item === 2) throw new Error('no');
      return item;
    };
    const queue = new AheadQueue([1, 2, 3], work, 3);
    expect(await queue.next()).toBe(1);
    await expect(queue.next()).rejects.toThrow('no');
  });
});
