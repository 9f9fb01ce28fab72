import { describe, expect, it } from 'vitest';
import { takeTurns } from './take-turns.ts';

describe('taking turns', () => {
  const wall = (wallSeconds: number) => ({ usage: { cpuSeconds: wallSeconds, wallSeconds, peakBytes: 1 } });

  it('lets each run once, and again only what is quick', async () => {
    const order: string[] = [];
    const seconds = new Map([
      ['slow', 60],
      ['middle', 4],
      ['quick', 1],
    ]);
    await takeTurns([...seconds.keys()], { most: () => 4, seconds: 10 }, async (name) => {
      order.push(name);
      return await Promise.resolve(wall(seconds.get(name) ?? 0));
    });
    expect(order.join(' ')).toBe('slow middle quick middle quick quick quick');
  });

  it('runs none more often than it may', async () => {
    const order: string[] = [];
    const most = (name: string) => (name === 'once' ? 1 : 2);
    await takeTurns(['once', 'twice'], { most, seconds: 100 }, async (name) => {
      order.push(name);
      return await Promise.resolve(wall(1));
    });
    expect(order.join(' ')).toBe('once twice twice');
  });

  it('runs each as often as it must, however long that takes', async () => {
    const order: string[] = [];
    await takeTurns(['slow', 'quick'], { least: 2, most: () => 3, seconds: 10 }, async (name) => {
      order.push(name);
      return await Promise.resolve(wall(name === 'slow' ? 60 : 1));
    });
    expect(order.join(' ')).toBe('slow quick slow quick quick');
  });

  it('keeps the least time, the most memory and what came last', async () => {
    const runs = [
      { usage: { cpuSeconds: 3, wallSeconds: 2, peakBytes: 5 }, name: 'first' },
      { usage: { cpuSeconds: 2, wallSeconds: 3, peakBytes: 9 }, name: 'second' },
      { usage: { cpuSeconds: 4, wallSeconds: 4, peakBytes: 7 }, name: 'third' },
    ];
    const best = await takeTurns(['one'], { most: () => 3, seconds: 100 }, async (_, round) => {
      return await Promise.resolve(runs[round]);
    });
    expect(best.get('one')).toEqual({
      usage: { cpuSeconds: 2, wallSeconds: 2, peakBytes: 9 },
      name: 'third',
    });
  });

  it('forgets one that fails, in whatever round', async () => {
    const best = await takeTurns(
      ['sound', 'broken'],
      { most: () => 3, seconds: 100 },
      async (name, round) => {
        return await Promise.resolve(name === 'broken' && round === 1 ? undefined : wall(1));
      },
    );
    expect([...best.keys()]).toEqual(['sound']);
  });
});
