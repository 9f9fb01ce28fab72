import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Version 1 has a hierarchy for each kind of limit, version 2 one for all. */
const FOLDERS = [
  { folder: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
  { folder: '/sys/fs/cgroup', limit: 'memory.max' },
] as const;

/** A limit on the memory of processes, kept by the system: who needs more is killed. Needs root and cgroups (Linux). */
export class MemoryCgroup {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static make(limitBytes: number): MemoryCgroup {
    for (const { folder, limit } of FOLDERS) {
      const group = path.join(folder, `gantry-${process.pid}`);
      if (!existsSync(folder)) continue;
      mkdirSync(group);
      if (existsSync(path.join(group, limit))) {
        writeFileSync(path.join(group, limit), String(limitBytes));
        return new MemoryCgroup(group);
      }
      rmdirSync(group);
    }
    throw new Error('this system limits no memory by cgroups');
  }

  /** What a program is started with to be under the limit. */
  get prefix(): readonly string[] {
    return ['sh', '-c', `echo $$ > ${path.join(this.#folder, 'cgroup.procs')} && exec "$@"`, 'sh'];
  }

  /** When none of its processes runs any more. */
  remove(): void {
    rmdirSync(this.#folder);
  }
}
