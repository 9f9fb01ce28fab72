import { describe, expect, it } from 'vitest';
import { measureCommand } from './measure-command.ts';
import { findMissing } from './find-program.ts';

// Neither GNU time nor /proc: nothing here can be measured.
const measurable = process.platform === 'linux';

describe.runIf(measurable)('measuring a command', () => {
  const limits = { timeoutMs: 60_000 };

  it('sees the memory a command used, and gives what it printed', async () => {
    const script = 'const held = Buffer.alloc(60e6, 1); console.log(held.length)';
    const measured = await measureCommand(process.execPath, ['-e', script], limits);
    expect(measured.stdout).toBe('60000000\n');
    expect(measured.peakBytes).toBeGreaterThan(60e6);
  });

  it('counts the CPU time of the commands that a shell script ran', async () => {
    const spin = `const end = process.cpuUsage().user + 50e3; while (process.cpuUsage().user < end) for (let i = 0; i < 1e6; i++);`;
    const script = `"${process.execPath}" -e "${spin}"; "${process.execPath}" -e "${spin}"`;
    const { cpuSeconds } = await measureCommand('sh', ['-c', script], limits);
    expect(cpuSeconds).toBeGreaterThanOrEqual(0.1);
  });

  it('says why a command failed', async () => {
    const failing = measureCommand(
      'sh',
      ['-c', 'echo some progress; echo error: no such thing >&2; exit 3'],
      limits,
    );
    await expect(failing).rejects.toThrow(/exit code 3: error: no such thing/);
  });

  it('ends a command that takes too long', async () => {
    await expect(measureCommand('sleep', ['60'], { timeoutMs: 50 })).rejects.toThrow(/took longer/);
  });
});

it('finds programs as a shell would', async () => {
  expect(await findMissing(['node', 'no-such-program-anywhere'])).toEqual(['no-such-program-anywhere']);
});
