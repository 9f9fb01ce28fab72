import { describe, expect, it } from 'vitest';
import { type RunTasksOptions, runTasks } from './run-tasks.ts';

/** A worker that does its tasks with this body, which sees `task` and `report`. */
function script(body: string): URL {
  const code = `
    import { serveTasks } from '${new URL('task-server.ts', import.meta.url)}';
    import { throwIfStopped } from '${new URL('stop-flag.ts', import.meta.url)}';
    serveTasks((task, report) => { ${body} });`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

const DOUBLE = script(`report(task); return task * 2;`);

async function run(more: Partial<RunTasksOptions<number, number>>): Promise<number[]> {
  const results: number[] = [];
  await runTasks<number, number>({
    script: DOUBLE,
    data: undefined,
    taskCount: 10,
    toTask: (row) => row,
    threads: 2,
    onBytes: () => {},
    onResult: (result, row) => {
      results[row] = result;
    },
    ...more,
  });
  return results;
}

function raise(message: string): never {
  throw new Error(message);
}

describe('runTasks', () => {
  it('does every task once and tells which one a result is of', async () => {
    let bytes = 0;
    const results = await run({ onBytes: (more) => (bytes += more) });
    expect(results).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    expect(bytes).toBe(45);
  });

  it('does its share of the tasks on the thread that asks', async () => {
    let bytes = 0;
    const onBytes = (more: number) => (bytes += more);
    const here: number[] = [];
    const doHere = (task: number, report: (more: number) => void) => {
      here.push(task);
      report(task);
      return task * 2;
    };
    expect(await run({ doHere, onBytes })).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    expect(bytes).toBe(45);
    expect(here).toContain(0);
    await expect(run({ doHere: () => raise('no room'), threads: 1 })).rejects.toThrow('no room');
    const stop = new AbortController();
    const stopping = () => {
      stop.abort(new Error('enough'));
      return 0;
    };
    await expect(run({ doHere: stopping, signal: stop.signal })).rejects.toThrow('enough');
  });

  it('has nothing to do without tasks', async () => {
    expect(await run({ taskCount: 0 })).toEqual([]);
  });

  it('throws what a task failed with, as the typed error it was', async () => {
    const error = { code: 'X_FAILED', family: 'storage', message: 'No.', next: 'Stop.', details: { row: 3 } };
    const errors = new URL('../errors.ts', import.meta.url);
    const failing = new URL(
      `data:text/javascript,${encodeURIComponent(`
        import { AppError } from '${errors}';
        import { serveTasks } from '${new URL('task-server.ts', import.meta.url)}';
        serveTasks(() => { throw new AppError(${JSON.stringify(error)}); });`)}`,
    );
    await expect(run({ script: failing })).rejects.toMatchObject({ code: 'X_FAILED', details: { row: 3 } });
  });

  it('says so when a thread crashes, ends or cannot start', async () => {
    for (const body of [`throw new Error('crash')`, `process.exit(3)`]) {
      await expect(run({ script: script(body) })).rejects.toMatchObject({ code: 'THREAD_FAILED' });
    }
    const missing = new URL('no-such-script.ts', import.meta.url);
    await expect(run({ script: missing })).rejects.toMatchObject({ code: 'THREAD_FAILED' });
  });

  it('says so when a thread dies between two tasks', async () => {
    const dying = script(`setTimeout(() => process.exit(0), 1); return task;`);
    const onResult = () => new Promise<void>((resolve) => setTimeout(resolve, 100));
    await expect(run({ script: dying, onResult, threads: 1 })).rejects.toMatchObject({
      code: 'THREAD_FAILED',
    });
  });

  it('stops with what the taker of a result throws', async () => {
    const onResult = () => {
      throw new Error('no room');
    };
    await expect(run({ onResult })).rejects.toThrow('no room');
  });

  it('stops threads that are busy when the signal fires, at their next report', async () => {
    const busy = script(`for (;;) report(2 ** 20);`);
    const stop = new AbortController();
    const onBytes = () => stop.abort(new Error('enough'));
    await expect(run({ script: busy, signal: stop.signal, onBytes })).rejects.toThrow('enough');
  });

  it('stops threads that report nothing where they look at their flag', async () => {
    const busy = script(`report(8 * 2 ** 20); for (;;) throwIfStopped();`);
    const stop = new AbortController();
    const onBytes = () => stop.abort(new Error('enough'));
    await expect(run({ script: busy, signal: stop.signal, onBytes })).rejects.toThrow('enough');
  });

  it('lets a thread finish what cannot be interrupted before it ends', async () => {
    const finished = new Int32Array(new SharedArrayBuffer(4));
    const stop = new AbortController();
    const blocked = new URL(
      `data:text/javascript,${encodeURIComponent(`
        import { serveTasks } from '${new URL('task-server.ts', import.meta.url)}';
        import { threadData } from '${new URL('stop-flag.ts', import.meta.url)}';
        serveTasks((task, report) => {
          report(8 * 2 ** 20);
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
          Atomics.add(threadData(), 0, 1);
        });`)}`,
    );
    const onBytes = () => stop.abort(new Error('enough'));
    const options = { script: blocked, data: finished, signal: stop.signal, onBytes, threads: 1 };
    await expect(run(options)).rejects.toThrow('enough');
    expect(Atomics.load(finished, 0)).toBe(1);
  });
});
