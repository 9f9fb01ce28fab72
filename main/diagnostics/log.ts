import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from '../profile/document.ts';
import { redact } from './redact.ts';

/** The launcher's own log: short lines, no secrets, bounded. */
export interface Log {
  readonly write: (line: string) => void;
  /** The newest lines of this run, oldest first. */
  readonly recent: () => readonly string[];
  /** All lines so far are on disk, as far as the disk takes them. */
  readonly flush: () => Promise<void>;
}

const RECENT_MAX = 500;
/** Two files of this size at most: enough for weeks, small enough to send. */
const FILE_MAX_BYTES = 1_000_000;
const LINE_MAX_LENGTH = 2_000;

export function createLog(options: {
  readonly profileFolder: string;
  readonly home: string;
  readonly now: () => number;
}): Log {
  const file = path.join(options.profileFolder, 'logs', 'launcher.log');
  let recent: string[] = [];
  let writing: Promise<void> = Promise.resolve();
  return {
    recent: () => recent,
    flush: () => writing,
    write: (text) => {
      const clean = redact(text, options.home)
        .replaceAll(/[\r\n]+/g, ' ')
        .slice(0, LINE_MAX_LENGTH);
      const line = `${new Date(options.now()).toISOString()} ${clean}`;
      recent = [...recent, line].slice(-RECENT_MAX);
      // A disk that is full or read-only must not stop the launcher for its log; the lines stay in memory.
      writing = writing.then(() => appendLine(file, line)).catch(() => undefined);
    },
  };
}

async function appendLine(file: string, line: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  if ((await sizeOf(file)) > FILE_MAX_BYTES) await rename(file, `${file}.1`);
  await appendFile(file, `${line}\n`, { mode: 0o600 });
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}
