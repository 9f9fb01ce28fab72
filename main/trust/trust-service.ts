import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ApiClient } from '../../backend/api/client.ts';
import type { LibraryGame } from '../../backend/api/contract.ts';
import { AppError } from '../../patcher/errors.ts';
import { createLauncherTrust, type SignedBuild } from '../../patcher/trust/launcher-trust.ts';
import { parseTrustDocument, type TrustDocument } from '../../patcher/trust/trust-document.ts';
import { trustErrors } from '../../patcher/trust/trust-errors.ts';
import { errnoOf, isMissing, writeAtomically } from '../profile/document.ts';

export interface TrustServicePorts {
  readonly api: Pick<ApiClient, 'trust'>;
  readonly profileFolder: string;
  readonly serviceUrl: string;
  readonly fetch: typeof globalThis.fetch;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** `GANTRY_TRUST_ROOT` names a root file; it goes before the one in the launcher, so that developers can choose. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The root that was built into the launcher, or undefined. */
  readonly builtInRoot?: string | undefined;
  readonly serviceGame: (gameId: string) => Pick<LibraryGame, 'organisationId'> | undefined;
  /** The library is not what its publishers signed, or no longer: ask for it again. */
  readonly onDisagreement: () => void;
}

/** What a job needs vouched for. */
export interface TrustedJob {
  readonly gameId: string;
  readonly depot: string;
  readonly channel: string;
  readonly buildId: number;
  /** `roll-back` may bring any build the publisher vouches for, everything else the channel's. */
  readonly reason: string;
}

export interface TrustService {
  /**
   * The manifest of the build a job shall bring, as its publisher signed it for the job's channel.
   * @throws {AppError} `TRUST_*`; `TRUST_BUILD_UNSIGNED` of a roll-back, `TRUST_SERVICE_DISAGREES` where the publisher signed another build.
   */
  readonly findManifest: (job: TrustedJob, signal: AbortSignal) => Promise<SignedBuild['manifest']>;
}

/** The launcher's side of The Update Framework: which root it begins with, and what is asked of it. */
export function createTrustService(ports: TrustServicePorts): TrustService {
  const name = createHash('sha256').update(ports.serviceUrl).digest('hex').slice(0, 16);
  const folder = path.join(ports.profileFolder, 'trust', name);
  let asked: Promise<Awaited<ReturnType<ApiClient['trust']>>> | undefined;
  const ask = async () => {
    asked ??= ports.api.trust({});
    try {
      return await asked;
    } catch (error) {
      asked = undefined;
      throw error;
    }
  };
  const trust = createLauncherTrust({
    folder,
    shippedRoot: () => findRoot(ports, folder, async () => (await ask()).root),
    metadataUrl: async () => (await ask()).metadataUrl,
    fetch: ports.fetch,
    now: ports.now,
  });
  return {
    findManifest: async ({ gameId, depot, channel, buildId, reason }, signal) => {
      const organisationId = ports.serviceGame(gameId)?.organisationId;
      if (organisationId === undefined) throw trustErrors.error('TRUST_GAME_UNKNOWN', { gameId });
      if (reason === 'roll-back') {
        return (await trust.findOlderBuild({ organisationId, gameId, depot, buildId }, signal)).manifest;
      }
      const signed = await trust.findBuild({ organisationId, gameId, depot, channel }, signal);
      if (signed.buildId === buildId) return signed.manifest;
      ports.onDisagreement();
      const details = { gameId, offered: buildId, signed: signed.buildId };
      throw trustErrors.error('TRUST_SERVICE_DISAGREES', details);
    },
  };
}

/** The root to begin with: given by a file, built in, or for a service on this very machine the first it named. */
async function findRoot(
  ports: TrustServicePorts,
  folder: string,
  askService: () => Promise<string>,
): Promise<TrustDocument<'root'>> {
  const file = ports.environment['GANTRY_TRUST_ROOT'];
  if (file) return readRootFile(file);
  if (ports.builtInRoot) return parseTrustDocument('root', Buffer.from(ports.builtInRoot));
  if (!isThisMachine(ports.serviceUrl)) {
    throw trustErrors.error('TRUST_ROOT_MISSING', { service: ports.serviceUrl });
  }
  const kept = path.join(folder, 'first-root.json');
  try {
    return await readRootFile(kept);
  } catch (error) {
    if (!(error instanceof AppError) || !isMissing(error.cause)) throw error;
  }
  const root = parseTrustDocument('root', Buffer.from(await askService()));
  await writeAtomically(kept, root.bytes);
  return root;
}

async function readRootFile(file: string): Promise<TrustDocument<'root'>> {
  try {
    return parseTrustDocument('root', await readFile(file));
  } catch (cause) {
    const reason = cause instanceof AppError ? cause.message : `it cannot be read (${errnoOf(cause)}).`;
    throw trustErrors.error('TRUST_ROOT_UNUSABLE', { file, reason }, cause);
  }
}

/** A service that runs here is as trustworthy as the launcher itself; any other brings its root with the launcher. */
function isThisMachine(serviceUrl: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(serviceUrl).hostname);
}
