import { readFileSync } from 'node:fs';
import { resourceUsage } from 'node:process';

/** What this process used so far, threads included: CPU seconds, and the peak of its resident memory in bytes. */
export function measureProcess(): { cpuSeconds: number; peakMemoryBytes: number } {
  const { userCPUTime, systemCPUTime, maxRSS } = resourceUsage();
  const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6;
  return { cpuSeconds, peakMemoryBytes: readPeakBytes() ?? maxRSS * 1024 };
}

/** On Linux `maxRSS` is also that of the process which started this one, before it became Node. */
function readPeakBytes(): number | undefined {
  try {
    const peak = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return peak === undefined ? undefined : Number(peak) * 1024;
  } catch {
    // No Linux.
    return undefined;
  }
}
