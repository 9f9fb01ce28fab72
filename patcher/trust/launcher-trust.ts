import { isDeepStrictEqual } from 'node:util';
import { channelPath, parseTargetPath } from './game-targets.ts';
import { createMetadataSource } from './metadata-source.ts';
import { checkSignatures, keysOfRole, type ManifestTarget, type TrustDocument } from './trust-document.ts';
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
export interface ChannelPlace extends DepotPlace {
  readonly channel: string;
}

/** A depot of a game, and whose it is. */
export interface DepotPlace {
  readonly organisationId: string;
  readonly gameId: string;
  readonly depot: string;
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
  /**
   * A build the publisher vouches for though no channel points to it, for a player who goes back to it.
   * @throws {AppError} `TRUST_BUILD_UNSIGNED`, and as `findBuild`.
   */
  readonly findOlderBuild: (
    place: DepotPlace & { readonly buildId: number },
    signal?: AbortSignal,
  ) => Promise<SignedBuild>;
}

export function createLauncherTrust(ports: LauncherTrustPorts): LauncherTrust {
  const state = new TrustState(ports.folder);
  let last: Promise<unknown> = Promise.resolve();
  // One after the other: two updates at once could each keep what the other did not see.
  const read = (place: DepotPlace, signal: AbortSignal | undefined): Promise<Targets> => {
    const updated = last.then(() => updateGame(ports, state, place, signal));
    last = updated.catch(() => undefined);
    return updated;
  };
  return {
    findBuild: async (place, signal) => {
      const { gameId, depot, channel } = place;
      const target = (await read(place, signal))[channelPath(place)];
      if (target !== undefined) return toSignedBuild(target);
      throw trustErrors.error('TRUST_CHANNEL_UNSIGNED', { gameId, depot, channel });
    },
    findOlderBuild: async (place, signal) => {
      const { gameId, depot, buildId } = place;
      const found = Object.entries(await read(place, signal)).find(([path, { custom }]) => {
        const parsed = parseTargetPath(path);
        return parsed?.kind === 'manifest' && parsed.depot === depot && custom.buildId === buildId;
      });
      if (found !== undefined) return toSignedBuild(found[1]);
      throw trustErrors.error('TRUST_BUILD_UNSIGNED', { gameId, buildId });
    },
  };
}

type Targets = Readonly<Record<string, ManifestTarget>>;

/** Bring everything up to date. @returns what the game's publisher signed. */
async function updateGame(
  ports: LauncherTrustPorts,
  state: TrustState,
  { organisationId, gameId }: DepotPlace,
  signal: AbortSignal | undefined,
): Promise<Targets> {
  const nowMs = ports.now();
  const source = createMetadataSource({ fetch: ports.fetch, baseUrl: ports.metadataUrl, signal });
  const trusted = await chooseRoot(ports, state);
  const root = await updateRoot(trusted, source, (next) => state.writeRoot(next));
  const stored = await state.readRepository(organisationId);
  const update = { root, scope: organisationId, gameId, source, stored, nowMs };
  const { targets, next } = await updateRepository(update);
  if (!isDeepStrictEqual(next, stored)) await state.writeRepository(organisationId, next);
  return targets.targets;
}

function toSignedBuild({ custom, hashes, length }: ManifestTarget): SignedBuild {
  return { buildId: custom.buildId, manifest: { sha256: hashes.sha256, sizeBytes: length } };
}

/** The newer of the root that was shipped and the one that was verified since. */
async function chooseRoot(ports: LauncherTrustPorts, state: TrustState): Promise<TrustDocument<'root'>> {
  const shipped = await ports.shippedRoot();
  checkSignatures(shipped, 'root', keysOfRole(shipped.signed, 'root'));
  const kept = await state.readRoot();
  return kept !== undefined && kept.signed.version > shipped.signed.version ? kept : shipped;
}
