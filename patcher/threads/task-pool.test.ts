import { expect, it } from 'vitest';
import { TaskPool, type TaskPoolOptions } from './task-pool.ts';

/** Answers with the number of tasks its thread was given so far; a task of zero is too much for it. */
const COUNT = `
  import { serveTasks } from '${new URL('task-server.ts', import.meta.url)}';
  let tasks = 0;
  serveTasks((task) => {
    if (task === 0) throw new Error('not mine');
    return ++tasks;
  });`;

function createPool(more: Partial<TaskPoolOptions> = {}): TaskPool<number, number> {
  const script = new URL(`data:text/javascript,${encodeURIComponent(COUNT)}`);
  return new TaskPool({ script, data: undefined, threads: 1, ...more });
}

it('gives tasks to the thread that has the fewest, as many as it may have at once', async () => {
  await using pool = createPool({ threads: 2, tasksAtOnce: 2 });
  pool.prepare();
  const counts = await Promise.all(Array.from({ length: 8 }, (_, task) => pool.run(task + 1)));
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(20);
  expect(Math.max(...counts)).toBeLessThanOrEqual(8);
});

it('makes up for a thread that failed, also for who waits for one', async () => {
  await using pool = createPool();
  expect(await pool.run(1)).toBe(1);
  expect(await pool.run(1)).toBe(2);
  const failing = pool.run(0);
  const waiting = pool.run(1);
  await expect(failing).rejects.toMatchObject({ code: 'THREAD_FAILED' });
  expect(await waiting).toBe(1);
  expect(await pool.run(1)).toBe(2);
});
