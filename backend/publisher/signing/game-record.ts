import { channelPath, manifestPath, parseTargetPath } from '../../../patcher/trust/game-targets.ts';
import type { ManifestTarget } from '../../../patcher/trust/trust-document.ts';

/** A build as its publisher vouches for it. */
export interface VouchedBuild {
  readonly gameId: string;
  readonly depot: string;
  readonly buildId: number;
  readonly manifest: { readonly sha256: string; readonly sizeBytes: number };
}

export type RecordTargets = Readonly<Record<string, ManifestTarget>>;

/** Builds a record vouches for besides those on channels: years of releases, and far from what a record may hold. */
const BUILDS_MAX = 300;

/** The same with one more build that the publisher vouches for, the oldest forgotten. */
export function withBuild(targets: RecordTargets, build: VouchedBuild): RecordTargets {
  const { gameId, depot, buildId, manifest } = build;
  const target = {
    length: manifest.sizeBytes,
    hashes: { sha256: manifest.sha256 },
    custom: { buildId },
  };
  const path = manifestPath({ gameId, depot, sha256: manifest.sha256 });
  return dropOldest({ ...targets, [path]: target });
}

/** The same with a channel pointing to a build. */
export function withChannel(targets: RecordTargets, channel: string, build: VouchedBuild): RecordTargets {
  const all = withBuild(targets, build);
  const { gameId, depot, manifest } = build;
  const target = all[manifestPath({ gameId, depot, sha256: manifest.sha256 })];
  return target === undefined ? all : { ...all, [channelPath({ gameId, depot, channel })]: target };
}

/** A build the record vouches for, or undefined. */
export function findVouchedBuild(
  targets: RecordTargets,
  place: { readonly gameId: string; readonly depot: string; readonly buildId: number },
): VouchedBuild | undefined {
  const { gameId, depot, buildId } = place;
  const found = Object.entries(targets).find(([path, { custom }]) => {
    const parsed = parseTargetPath(path);
    return parsed?.kind === 'manifest' && parsed.depot === depot && custom.buildId === buildId;
  });
  return found && { gameId, depot, buildId, manifest: toManifest(found[1]) };
}

/** The build a channel of the record points to, or undefined. */
export function findChannelBuild(
  targets: RecordTargets,
  place: { readonly gameId: string; readonly depot: string; readonly channel: string },
): VouchedBuild | undefined {
  const target = targets[channelPath(place)];
  const { gameId, depot } = place;
  return target && { gameId, depot, buildId: target.custom.buildId, manifest: toManifest(target) };
}

function toManifest({ length, hashes }: ManifestTarget): VouchedBuild['manifest'] {
  return { sha256: hashes.sha256, sizeBytes: length };
}

function dropOldest(targets: RecordTargets): RecordTargets {
  const entries = Object.entries(targets);
  const onChannels = new Set(
    entries
      .filter(([path]) => parseTargetPath(path)?.kind === 'channel')
      .map(([, { hashes }]) => hashes.sha256),
  );
  const idle = entries
    .filter(
      ([path, { hashes }]) => parseTargetPath(path)?.kind === 'manifest' && !onChannels.has(hashes.sha256),
    )
    .sort(([, one], [, other]) => other.custom.buildId - one.custom.buildId);
  const dropped = new Set(idle.slice(BUILDS_MAX).map(([path]) => path));
  return Object.fromEntries(entries.filter(([path]) => !dropped.has(path)));
}
