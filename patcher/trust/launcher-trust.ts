import { isDeepStrictEqual } from 'node:util';
import { channelPath } from './game-targets.ts';
import { createMetadataSource } from './metadata-source.ts';
import { checkSignatures, keysOfRole, type TrustDocument } from './trust-document.ts';
import { trustErrors } from './trust-errors.ts';
import { TrustState } from './trust-state.ts';
import { updateRepository } from './update-repository.ts';
import { updateRoot } from './update-root.ts';

export interface LauncherTrustPorts {
  /** For what was verified: the launcher's own, outside every game; made when missing. */
  readonly folder: string;
  /** The root that was shipped with the launcher or given to it. */
  readonly shippedRoot: () => Promise<TrustDocument<'root'>>;
  /** Where the service says its documents are, with a slash at its end. */
  readonly metadataUrl: () => Promise<string>;
  readonly fetch: typeof globalThis.fetch;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** A channel of a game, and whose it is. */
export interface ChannelPlace {
  readonly organisationId: string;
  readonly gameId: string;
  readonly depot: string;
  readonly channel: string;
}

/** The build a publisher signed for a channel. */
export interface SignedBuild {
  readonly buildId: number;
  readonly manifest: { readonly sha256: string; readonly sizeBytes: number };
}

/** What a launcher may install, by The Update Framework (docs/trust.md). */
export interface LauncherTrust {
  /**
   * The build its publisher signed for a channel, by records that are fresh now.
   * @throws {AppError} `TRUST_*`; whatever is refused leaves what was verified before as it was.
   */
  readonly findBuild: (place: ChannelPlace, signal?: AbortSignal) => Promise<SignedBuild>;
}

export function createLauncherTrust(ports: LauncherTrustPorts): LauncherTrust {
  const state = new TrustState(ports.folder);
  let last: Promise<unknown> = Promise.resolve();
  return {
    findBuild: (place, signal) => {
      // One after the other: two updates at once could each keep what the other did not see.
      const found = last.then(() => findBuild(ports, state, place, signal));
      last = found.catch(() => undefined);
      return found;
    },
  };
}

async function findBuild(
  ports: LauncherTrustPorts,
  state: TrustState,
  place: ChannelPlace,
  signal: AbortSignal | undefined,
): Promise<SignedBuild> {
  const { organisationId, gameId, depot, channel } = place;
  const nowMs = ports.now();
  const source = createMetadataSource({ fetch: ports.fetch, baseUrl: ports.metadataUrl, signal });
  const trusted = await chooseRoot(ports, state);
  const root = await updateRoot(trusted, source, (next) => state.writeRoot(next));
  const stored = await state.readRepository(organisationId);
  const update = { root, scope: organisationId, gameId, source, stored, nowMs };
  const { targets, next } = await updateRepository(update);
  if (!isDeepStrictEqual(next, stored)) await state.writeRepository(organisationId, next);
  const target = targets.targets[channelPath(place)];
  if (target === undefined) throw trustErrors.error('TRUST_CHANNEL_UNSIGNED', { gameId, depot, channel });
  return {
    buildId: target.custom.buildId,
    manifest: { sha256: target.hashes.sha256, sizeBytes: target.length },
  };
}

/** The newer of the root that was shipped and the one that was verified since. */
async function chooseRoot(ports: LauncherTrustPorts, state: TrustState): Promise<TrustDocument<'root'>> {
  const shipped = await ports.shippedRoot();
  checkSignatures(shipped, 'root', keysOfRole(shipped.signed, 'root'));
  const kept = await state.readRoot();
  return kept !== undefined && kept.signed.version > shipped.signed.version ? kept : shipped;
}
