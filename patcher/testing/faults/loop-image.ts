import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';

/** Room for small trees twice over, and quick to copy. */
const IMAGE_BYTES = 24 * 2 ** 20;
/**
 * Nothing is written out but what programs flush: no commit of the journal by time, and no flush of files that
 * replace others, which ext4 would do for programs that forget to.
 */
const MOUNT_OPTIONS = 'loop,noatime,noauto_da_alloc,commit=900';

/** A file with an ext4 in it, mounted at a folder. Needs root on Linux. */
export class LoopImage {
  readonly file: string;
  readonly folder: string;

  constructor(file: string, folder: string) {
    this.file = file;
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  format(): void {
    run('truncate', '-s', String(IMAGE_BYTES), this.file);
    run('mkfs.ext4', '-q', '-F', '-m', '0', '-N', '2048', '-O', '^resize_inode', this.file);
  }

  mount(): void {
    run('mount', '-t', 'ext4', '-o', MOUNT_OPTIONS, this.file, this.folder);
  }

  unmount(): void {
    run('umount', this.folder);
  }

  /**
   * What the disk holds at this moment: what a power cut now would leave. The system's own memory of the file
   * system, with all that was not flushed, is not in it.
   */
  async copyDiskTo(file: string): Promise<void> {
    await copyFile(this.file, file);
  }
}

function run(command: string, ...parameters: string[]): void {
  execFileSync(command, parameters, { stdio: ['ignore', 'ignore', 'pipe'] });
}
