import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { LauncherState } from '../../preload/contract.ts';
import { type Clock, toTimestamp } from '../clock.ts';
import { toAppError, toFailure } from '../failure.ts';
import { launcherErrors } from '../launcher-errors.ts';
import type { Document } from '../profile/document.ts';
import type { StateStore } from '../state/state-store.ts';
import { compareVersions, type ReleaseRecord, readReleaseRecord } from './release-record.ts';
import type { UpdateOffer, UpdaterPort } from './updater-port.ts';

/** What outlives a run: the newest release ever seen, below which nothing is accepted, and this machine's place in rollouts. */
export const updateMemorySchema = z.object({ highestVersion: z.string(), cohort: z.string() });
export type UpdateMemory = z.infer<typeof updateMemorySchema>;

export interface LauncherUpdatePorts {
  /** Null where this host does not update itself. */
  readonly updater: UpdaterPort | null;
  /** The maker's keys; without one nothing is ever accepted. */
  readonly releaseKeys: readonly Uint8Array[];
  readonly version: string;
  readonly memory: Document<UpdateMemory>;
  readonly state: StateStore;
  readonly clock: Clock;
}

export interface LauncherUpdateService {
  /** Look for an update, check it and download it. Never throws: what failed is in the launcher slice. */
  readonly check: () => Promise<void>;
  /** Check at the start and every few hours after; never awaited by the start. */
  readonly start: () => void;
  /** @throws {AppError} `UPDATE_NOT_READY`, `UPDATE_FILE_MISMATCH`. */
  readonly restartToUpdate: () => Promise<void>;
  readonly close: () => void;
}

const CHECK_PERIOD_MS = 4 * 60 * 60 * 1000;

interface Ready {
  readonly file: string;
  readonly record: ReleaseRecord;
}

/**
 * The launcher's own update. A signed release record decides before anything is downloaded, again on the downloaded file,
 * and once more right before it is installed; every doubt ends in "nothing changed".
 */
export function createLauncherUpdate(ports: LauncherUpdatePorts): LauncherUpdateService {
  const { updater, state, clock } = ports;
  let ready: Ready | null = null;
  let checking: Promise<void> | undefined;
  let stop: () => void = () => {};

  const show = (update: LauncherState['update']) =>
    state.set('launcher', { ...state.get('launcher'), update });

  const run = async (port: UpdaterPort) => {
    if (ready !== null) return;
    show({ status: 'checking' });
    try {
      const offer = await port.check();
      const record = offer === null ? null : await judge(ports, port, offer);
      if (record === null) return show({ status: 'idle', checkedAt: toTimestamp(clock.now()) });
      ready = await fetchUpdate(port, record, show);
      show({ status: 'ready', version: record.version, notes: record.notes });
    } catch (error) {
      show({ status: 'failed', failure: toFailure(asUpdateError(error)) });
    }
  };
  const check = () => {
    if (updater === null) return Promise.resolve();
    checking ??= run(updater).finally(() => {
      checking = undefined;
    });
    return checking;
  };

  show(
    updater === null || ports.releaseKeys.length === 0
      ? { status: 'unsupported' }
      : { status: 'idle', checkedAt: null },
  );
  const active = updater !== null && ports.releaseKeys.length > 0;
  return {
    check: () => (active ? check() : Promise.resolve()),
    start: () => {
      if (!active) return;
      void check();
      stop = clock.every(CHECK_PERIOD_MS, () => void check());
    },
    restartToUpdate: async () => {
      if (updater === null) throw launcherErrors.error('UPDATE_UNSUPPORTED');
      if (ready === null) throw launcherErrors.error('UPDATE_NOT_READY');
      try {
        await assertSignedFile(ready.file, ready.record);
      } catch (error) {
        ready = null;
        show({ status: 'failed', failure: toFailure(error) });
        throw error;
      }
      updater.quitAndInstall();
    },
    close: () => stop(),
  };
}

/** @returns The record of an offer that may be taken, or null where this machine's turn has not come. */
async function judge(
  ports: LauncherUpdatePorts,
  port: UpdaterPort,
  offer: UpdateOffer,
): Promise<ReleaseRecord | null> {
  const signed = await port.fetchRecord(offer.version);
  if (signed === null) throw launcherErrors.error('UPDATE_RECORD_MISSING', { version: offer.version });
  const record = readReleaseRecord(signed, ports.releaseKeys);
  const { highestVersion, cohort } = ports.memory.get();
  const current = ports.version;
  const older =
    record.version !== offer.version ||
    compareVersions(record.version, current) <= 0 ||
    compareVersions(record.version, highestVersion) < 0 ||
    compareVersions(current, record.minimumVersion) < 0;
  if (older) throw launcherErrors.error('UPDATE_DOWNGRADE', { offered: offer.version, current });
  const signedFiles = new Map(record.files.map(({ name, sha512 }) => [name, sha512]));
  if (offer.files.some(({ name, sha512 }) => signedFiles.get(path.posix.basename(name)) !== sha512)) {
    throw launcherErrors.error('UPDATE_FILE_MISMATCH', { version: record.version });
  }
  await ports.memory.update((memory) => ({ ...memory, highestVersion: record.version }));
  return rolloutPlace(cohort, record.version) < record.rolloutPercent ? record : null;
}

/** This machine's place, 0 to 99, in one version's rollout: the same at every check, another for every version. */
export function rolloutPlace(cohort: string, version: string): number {
  return createHash('sha256').update(`${cohort}\0${version}`).digest().readUInt32BE(0) % 100;
}

async function fetchUpdate(
  port: UpdaterPort,
  record: ReleaseRecord,
  show: (update: LauncherState['update']) => void,
): Promise<Ready> {
  const { version } = record;
  const shown = (fraction: number) =>
    show({ status: 'downloading', version, fraction: Math.min(1, Math.max(0, fraction)) });
  shown(0);
  const accept = (file: string) => assertSignedFile(file, record);
  const file = await port.download({ onFraction: shown, accept });
  await accept(file);
  return { file, record };
}

/** @throws {AppError} `UPDATE_FILE_MISMATCH`, after deleting the file: it is worth nothing. */
async function assertSignedFile(file: string, record: ReleaseRecord): Promise<void> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  const sha512 = hash.digest('hex');
  if (record.files.some((each) => each.sha512 === sha512)) return;
  await rm(file, { force: true });
  throw launcherErrors.error('UPDATE_FILE_MISMATCH', { version: record.version });
}

/** What the updater throws of its own is about the feed; ours keep their codes. */
function asUpdateError(error: unknown) {
  const known = toAppError(error);
  return known.code === 'LAUNCHER_FAULT' ? launcherErrors.error('UPDATE_FEED_UNREACHABLE', {}, error) : known;
}
