import { describe, expect, it } from 'vitest';
import { type RunTasksOptions, runTasks } from './run-tasks.ts';

/** A worker whose body sees `task` and answers with `reply`. */
function script(body: string): URL {
  const code = `
    import { parentPort } from 'node:worker_threads';
    const reply = (message) => parentPort.postMessage(message);
    parentPort.on('message', (task) => { ${body} });`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

const DOUBLE = script(`reply({ kind: 'progress', bytes: task }); reply({ kind: 'done', result: task * 2 });`);

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

describe('runTasks', () => {
  it('does every task once and tells which one a result is of', async () => {
    let bytes = 0;
    const results = await run({ onBytes: (more) => (bytes += more) });
    expect(results).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    expect(bytes).toBe(45);
  });

  it('has nothing to do without tasks', async () => {
    expect(await run({ taskCount: 0 })).toEqual([]);
  });

  it('throws what a task failed with, as the typed error it was', async () => {
    const error = { code: 'X_FAILED', family: 'storage', message: 'No.', next: 'Stop.', details: { row: 3 } };
    const failing = script(`reply({ kind: 'failed', error: ${JSON.stringify(error)} });`);
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
    const dying = script(`reply({ kind: 'done', result: task }); setTimeout(() => process.exit(0), 1);`);
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

  it('stops threads that are busy when the signal fires', async () => {
    const stop = new AbortController();
    const endless = script(`reply({ kind: 'progress', bytes: 1 }); for (;;);`);
    const stopped = run({
      script: endless,
      signal: stop.signal,
      onBytes: () => stop.abort(new Error('enough')),
    });
    await expect(stopped).rejects.toThrow('enough');
  });
});
