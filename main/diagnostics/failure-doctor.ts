import { stat } from 'node:fs/promises';
import os from 'node:os';
import { SKEW_TOLERATED_MS } from '../../patcher/download/connection/server-time.ts';
import type { AppError } from '../../patcher/errors.ts';
import { formatBytes } from '../../patcher/terminal/quantities.ts';
import type { Failure } from '../../preload/contract.ts';
import { toAppError, toFailure } from '../failure.ts';
import { measureLocation } from '../settings/settings.ts';
import { causeOf } from './cause-of-code.ts';
import { type CauseName, causes } from './causes.ts';
import { findMount } from './mounts.ts';
import { findFileHolders, listProcessNames, nameOf } from './process-list.ts';

export interface DoctorPorts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
  /** How far this computer's clock is ahead of the service's, in ms; null while unknown. */
  readonly clockSkewMs: () => number | null;
  /** A line of the log. */
  readonly write: (line: string) => void;
  /** Stand-ins for tests. */
  readonly proc?: string;
  readonly mountTable?: string;
}

export interface FailureDoctor {
  /**
   * A failure with what can be found out about it on this computer, noted in the log under its support code.
   * @param folder The install's, where there is one. Never rejects.
   */
  readonly diagnose: (error: unknown, folder?: string) => Promise<Failure>;
}

interface Patient {
  readonly error: AppError;
  readonly folder: string | undefined;
}
type Examination = (patient: Patient, ports: DoctorPorts) => Promise<string[]>;

/** Which causes can be looked into further, and how. */
const EXAMINATIONS: Readonly<Partial<Record<CauseName, Examination>>> = {
  'disk-full': describeSpace,
  'read-only': describeMount,
  'failing-disk': describeMount,
  'no-permission': async (patient, ports) => [
    ...(await describeOwner(patient)),
    ...(await describeMount(patient, ports)),
    ...(await describeGuards(ports)),
  ],
  'file-in-use': async (patient, ports) => [
    ...(await describeHolders(patient, ports)),
    ...(await describeGuards(ports)),
  ],
  'busy-install': describeLock,
  'second-launcher': describeLock,
  'damaged-files': (_patient, ports) => describeGuards(ports),
  storage: (_patient, ports) => describeGuards(ports),
  'inspecting-proxy': async (_patient, ports) => [...describeProxy(ports), ...(await describeGuards(ports))],
  'blocked-by-network': async (_patient, ports) => describeProxy(ports),
  'server-unreachable': async (_patient, ports) => describeProxy(ports),
  'captive-portal': async ({ error }) => describePortal(error),
  'wrong-clock': async ({ error }, ports) => describeClock(error, ports),
  untrusted: async ({ error }, ports) => describeClock(error, ports),
};

export function createFailureDoctor(ports: DoctorPorts): FailureDoctor {
  const examine = async (patient: Patient): Promise<string[]> => {
    try {
      return (await EXAMINATIONS[causeOf(patient.error)]?.(patient, ports)) ?? [];
    } catch (error) {
      // Looking closer is a courtesy; the failure itself is told either way.
      ports.write(`examination failed: ${String(error)}`);
      return [];
    }
  };
  return {
    diagnose: async (error, folder) => {
      const known = toAppError(error);
      const failure = byClock(toFailure(known), ports);
      const findings = await examine({ error: known, folder });
      if (failure.supportCode !== '') {
        const facts = JSON.stringify({ details: failure.details, findings });
        ports.write(`failure ${failure.supportCode} ${failure.code} ${facts}`);
      }
      return { ...failure, findings };
    },
  };
}

/** Records that seem to have ended are not to blame where this computer's clock is. */
function byClock(failure: Failure, { clockSkewMs }: DoctorPorts): Failure {
  const wrong = Math.abs(clockSkewMs() ?? 0) > SKEW_TOLERATED_MS;
  if (failure.code !== 'TRUST_EXPIRED' || !wrong) return failure;
  const { sentence: cause, action } = causes['wrong-clock'];
  return { ...failure, cause, action };
}

/** How much space is missing, and where. */
async function describeSpace({ error, folder }: Patient): Promise<string[]> {
  if (folder === undefined) return [];
  const { freeBytes } = await measureLocation(folder);
  const needed = error.details['neededBytes'];
  const missing = typeof needed === 'number' ? needed - freeBytes : undefined;
  return [
    `The drive of ${folder} has ${formatBytes(freeBytes)} free.`,
    ...(missing !== undefined && missing > 0
      ? [`Free at least ${formatBytes(missing)} there: ${formatBytes(Number(needed))} are needed.`]
      : []),
  ];
}

async function describeMount({ error, folder }: Patient, { mountTable }: DoctorPorts): Promise<string[]> {
  const target = folder ?? detailOf(error, 'path');
  const mount = target === undefined ? undefined : await findMount(target, mountTable);
  if (mount === undefined) return [];
  const { mountPoint, device, fileSystem, readOnly } = mount;
  const state = readOnly ? ', which is mounted so that nothing can be written' : '';
  return [`It lies on the drive ${mountPoint} (${device}, ${fileSystem})${state}.`];
}

async function describeOwner({ error, folder }: Patient): Promise<string[]> {
  const target = detailOf(error, 'path') ?? folder;
  const us = process.getuid?.();
  if (target === undefined || us === undefined) return [];
  const found = await stat(target).catch(() =>
    folder === undefined ? undefined : stat(folder).catch(() => undefined),
  );
  if (found === undefined || found.uid === us) return [];
  return [`It belongs to another account (number ${found.uid}; yours is ${os.userInfo().username}, ${us}).`];
}

async function describeHolders({ error, folder }: Patient, { proc }: DoctorPorts): Promise<string[]> {
  const target = folder ?? detailOf(error, 'path');
  if (target === undefined) return [];
  const holders = await findFileHolders(target, proc);
  return holders.map(({ pid, name, file }) => `${name} (process ${pid}) uses ${file}.`);
}

async function describeLock({ error }: Patient, { proc }: DoctorPorts): Promise<string[]> {
  const pid = error.details['pid'];
  return typeof pid === 'number' ? [`It is ${await nameOf(pid, proc)} (process ${pid}).`] : [];
}

/** Scanners that open, hold or remove files, by the names of their processes. */
const GUARDS: readonly (readonly [RegExp, string])[] = [
  [/^(?:clamd|clamonacc|freshclam)/, 'ClamAV'],
  [/^(?:mdatp|wdavdaemon|MsMpEng)/, 'Microsoft Defender'],
  [/^(?:falcon-sensor|CSFalcon)/, 'CrowdStrike Falcon'],
  [/^(?:esets?_|ekrn)/, 'ESET'],
  [/^(?:sophos|savd|SophosFileScanner)/i, 'Sophos'],
  [/^(?:kesl|kavfs|avp)/, 'Kaspersky'],
  [/^(?:sentinel(?:d|ctl|-agent)|SentinelAgent)/, 'SentinelOne'],
  [/^(?:bdsec|bdagent|vsserv)/i, 'Bitdefender'],
  [/^(?:AvastSvc|AVGSvc|avast)/i, 'Avast or AVG'],
];

async function describeGuards({ proc }: DoctorPorts): Promise<string[]> {
  const names = await listProcessNames(proc);
  const guards = GUARDS.filter(([pattern]) => names.some((name) => pattern.test(name))).map(
    ([, name]) => name,
  );
  return guards.length === 0
    ? []
    : [
        `${guards.join(' and ')} is running: let it leave the game’s folder alone, or look into its quarantine.`,
      ];
}

/** The proxy the system's variables name, without a name or password in it. */
function describeProxy({ environment }: DoctorPorts): string[] {
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];
  const name = names.find((each) => environment[each] !== undefined && environment[each] !== '');
  const value = name === undefined ? undefined : environment[name];
  if (value === undefined) return [];
  const host = URL.canParse(value) ? new URL(value).host : 'an address that cannot be read';
  return [`Connections go through the proxy ${host} (${name}).`];
}

function describePortal({ details }: AppError): string[] {
  const portal = details['portal'];
  return typeof portal === 'string' ? [`The network sends you to ${portal}.`] : [];
}

function describeClock({ details }: AppError, ports: DoctorPorts): string[] {
  const told = details['skewSeconds'];
  const skewMs = typeof told === 'number' ? told * 1000 : ports.clockSkewMs();
  if (skewMs === null || Math.abs(skewMs) <= SKEW_TOLERATED_MS) return [];
  const now = ports.now();
  return [
    `This computer says it is ${minuteOf(now)}, servers say ${minuteOf(now - skewMs)}: ${spanOf(skewMs)} ${skewMs > 0 ? 'ahead' : 'behind'}.`,
  ];
}

function minuteOf(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function spanOf(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  return minutes < 2 * 1440 ? `${Math.round(minutes / 60)} hours` : `${Math.round(minutes / 1440)} days`;
}

function detailOf({ details }: AppError, name: string): string | undefined {
  const value = details[name];
  return typeof value === 'string' && value.startsWith('/') ? value : undefined;
}
