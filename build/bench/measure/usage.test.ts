import { describe, expect, it } from 'vitest';
import { parseChildrenCpu, parseGnuTime, parsePeakMemory } from './usage.ts';

describe('what GNU time wrote', () => {
  it('is user and system time together, KiB as bytes, and elapsed seconds', () => {
    expect(parseGnuTime('8.76 0.58 393968 10.97\n')).toEqual({
      cpuSeconds: 8.76 + 0.58,
      peakBytes: 393_968 * 1024,
      wallSeconds: 10.97,
    });
  });

  it('is read behind the line that a failed command has first', () => {
    expect(parseGnuTime('Command exited with non-zero status 1\n0.01 0.00 2048 0.01\n')?.cpuSeconds).toBe(
      0.01,
    );
  });

  it('is undefined when the figures are not there', () => {
    expect(parseGnuTime('')).toBeUndefined();
    expect(parseGnuTime('real 0m1.2s\nuser 0m1.1s')).toBeUndefined();
  });
});

describe('what /proc says', () => {
  it('has the time of ended children behind a name that may hold anything', () => {
    const stat = `42 (a ) 9 b) S 1 ${Array.from({ length: 60 }, (_, index) => index + 5).join(' ')}`;
    // The fields are their own numbers here: cutime 16, cstime 17.
    expect(parseChildrenCpu(stat, 100)).toBe((16 + 17) / 100);
  });

  it('has no such time when a line is cut short', () => {
    expect(parseChildrenCpu('42 (name) S 1 2', 100)).toBeUndefined();
  });

  it('has the peak of resident memory, and nothing once the process has ended', () => {
    expect(parsePeakMemory('VmPeak:\t  900 kB\nVmHWM:\t     512 kB\nVmRSS:\t 100 kB\n')).toBe(512 * 1024);
    expect(parsePeakMemory('')).toBe(0);
  });
});
