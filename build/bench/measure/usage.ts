/** What a command cost, its threads and child processes included. */
export interface Usage {
  /** User and system time. */
  readonly cpuSeconds: number;
  /** Resident memory at its highest; of the largest process where there were several. */
  readonly peakBytes: number;
  readonly wallSeconds: number;
}

/** The format given to GNU time: user seconds, system seconds, peak KiB, elapsed seconds. */
export const GNU_TIME_FORMAT = '%U %S %M %e';

/**
 * Read what GNU time wrote with {@link GNU_TIME_FORMAT}.
 * A failed command has a line of its own before the figures.
 * @returns undefined when the figures are not there.
 */
export function parseGnuTime(text: string): Usage | undefined {
  const fields = (text.trim().split('\n').at(-1) ?? '').trim().split(/\s+/).map(Number);
  const [user, system, peakKiB, elapsed] = fields;
  if (fields.length !== 4 || fields.some((field) => !Number.isFinite(field))) return undefined;
  if (user === undefined || system === undefined || peakKiB === undefined || elapsed === undefined)
    return undefined;
  return { cpuSeconds: user + system, peakBytes: peakKiB * 1024, wallSeconds: elapsed };
}

/**
 * CPU seconds of all children a process has waited for, from its `/proc/PID/stat`.
 * @param ticksPerSecond `getconf CLK_TCK`.
 * @see proc(5): fields 16 and 17, cutime and cstime, counted behind the program's name in parentheses.
 */
export function parseChildrenCpu(stat: string, ticksPerSecond: number): number | undefined {
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  // The first field behind the name is number 3.
  const [user, system] = [fields[16 - 3], fields[17 - 3]];
  if (user === undefined || system === undefined || !Number.isFinite(user + system)) return undefined;
  return (user + system) / ticksPerSecond;
}

/** Highest resident memory of a process in bytes, from its `/proc/PID/status`; 0 once it has ended. */
export function parsePeakMemory(status: string): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
