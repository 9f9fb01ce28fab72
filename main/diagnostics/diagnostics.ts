import { randomInt } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { toTimestamp } from '../clock.ts';
import { writeAtomically } from '../profile/document.ts';
import type { StateStore } from '../state/state-store.ts';
import type { Log } from './log.ts';
import { redact } from './redact.ts';
import { CODE_ALPHABET } from './support-code.ts';

export interface DiagnosticsPorts {
  readonly profileFolder: string;
  readonly home: string;
  readonly version: string;
  readonly state: StateStore;
  readonly log: Log;
  readonly now: () => number;
}

/**
 * Write a bundle for support: versions, system, state and the newest log lines, without secrets, e-mail or home folder.
 * @returns The code the player tells support, and the file to send.
 */
export async function writeDiagnostics(
  ports: DiagnosticsPorts,
): Promise<{ supportCode: string; file: string }> {
  const supportCode = `GNT-${randomCode(4)}-${randomCode(4)}`;
  const file = path.join(ports.profileFolder, 'diagnostics', `${supportCode}.json`);
  const { session, ...slices } = ports.state.snapshot().slices;
  const bundle = {
    supportCode,
    at: toTimestamp(ports.now()),
    runtime: { version: ports.version, node: process.versions.node },
    system: {
      platform: process.platform,
      release: os.release(),
      arch: process.arch,
      cpus: os.cpus().length,
      memoryBytes: os.totalmem(),
    },
    // Whose session it is, support asks the player; that there is one is enough.
    session: session.status,
    ...slices,
    log: ports.log.recent(),
  };
  await writeAtomically(file, redact(JSON.stringify(bundle, null, 2), ports.home));
  return { supportCode, file };
}

function randomCode(length: number): string {
  return Array.from({ length }, () => CODE_ALPHABET.charAt(randomInt(CODE_ALPHABET.length))).join('');
}
