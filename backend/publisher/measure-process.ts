import { resourceUsage } from 'node:process';

/** What this process used so far, threads included: CPU seconds, and the peak of its memory in bytes. */
export function measureProcess(): { cpuSeconds: number; peakMemoryBytes: number } {
  const { userCPUTime, systemCPUTime, maxRSS } = resourceUsage();
  return { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMemoryBytes: maxRSS * 1024 };
}
