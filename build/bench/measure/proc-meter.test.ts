import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { watchProcess } from './proc-meter.ts';

it.runIf(process.platform === 'linux')(
  'measures a process by /proc where GNU time is not there',
  async () => {
    const script =
      'const held = Buffer.alloc(60e6, 1); const end = process.cpuUsage().user + 50e3; while (process.cpuUsage().user < end) for (let i = 0; i < 1e6; i++);';
    const child = spawn(process.execPath, ['-e', script]);
    const watch = await watchProcess(child);
    await once(child, 'close');
    const { cpuSeconds, peakBytes } = await watch.finish();
    expect(cpuSeconds).toBeGreaterThan(0.04);
    expect(peakBytes).toBeGreaterThan(60e6);
  },
);
