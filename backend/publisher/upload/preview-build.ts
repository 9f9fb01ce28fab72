import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import type { Manifest } from '../../../patcher/formats/manifest.ts';
import { parseManifest } from '../../../patcher/formats/manifest-format.ts';
import type { ScannedTree } from '../../../patcher/scan/scan-tree.ts';
import { formatBytes, formatTable, formatUsd } from '../../../patcher/terminal/quantities.ts';
import type { ApiClient } from '../../api/client.ts';
import type { Build } from '../../api/contract.ts';
import { costOfTiers } from '../../delivery/cost-engine.ts';
import { PRICE_REGIONS } from '../../delivery/edge-regions.ts';
import { priceTableAt } from '../../delivery/price-table.ts';
import type { CliContext } from '../command/context.ts';
import { isNotFound } from '../signing/game-owner.ts';
import { publisherErrors } from '../publisher-errors.ts';
import type { PushTarget } from './push-target.ts';
import { scanBuild } from './scan-build.ts';

const compress = promisify(zstdCompress);

/** What an update to a folder would mean, before anything is uploaded. */
export interface Preview {
  readonly files: number;
  readonly totalBytes: number;
  /** The build players on the channel have now. */
  readonly oldBuildId: number | null;
  /** Raw bytes that no chunk of the old build holds. */
  readonly newBytes: number;
  /** What a player downloads at most: those bytes compressed, in whole chunks. A patch is smaller. */
  readonly updateBytesMax: number;
  /** Files that cause it, most first. */
  readonly causes: readonly {
    readonly path: string;
    readonly newBytes: number;
    readonly fileBytes: number;
  }[];
  /** First-tier price of one such update by region. */
  readonly usdPerThousandPlayers: Readonly<Record<string, number>>;
}

/** Work out and print a preview of pushing `root` to `target`. */
export async function previewBuild(
  context: CliContext,
  request: { readonly root: string; readonly target: PushTarget; readonly config: string | undefined },
): Promise<void> {
  const { api, output, signal } = context;
  const { root, target, config } = request;
  const { scanned } = await scanBuild({ root, depot: target.depot, config, output, signal });
  const old = await findOldBuild(api, target, signal);
  const known = old === undefined ? new Set<string>() : listChunks(await fetchManifest(api, old, signal));
  const preview = await computePreview(scanned, known, old?.buildId ?? null);
  output.progress.end();
  output.result({ ...preview }, formatPreview(basename(root), preview));
}

/** The build the channel points to now, else the depot's newest. */
async function findOldBuild(
  api: ApiClient,
  target: PushTarget,
  signal: AbortSignal,
): Promise<Build | undefined> {
  const { gameId, depot, channel } = target;
  try {
    const { channels } = await api.channels({ params: { gameId } }, { signal });
    const pointed = channels.find((one) => one.depot === depot && one.channel === channel);
    if (pointed !== undefined) return pointed.build;
    const { builds } = await api.builds({ params: { gameId }, query: { depot, limit: 1 } }, { signal });
    return builds[0];
  } catch (error) {
    // A game that is not there yet has no old build.
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function fetchManifest(api: ApiClient, build: Build, signal: AbortSignal): Promise<Manifest> {
  const grant = await api.grant({ body: { buildId: build.buildId, reason: 'install' } }, { signal });
  const url = `${grant.baseUrl}${build.manifest.path}?${grant.query}`;
  const response = await fetch(url, { signal });
  if (!response.ok) {
    throw publisherErrors.error('PREVIEW_MANIFEST_UNAVAILABLE', {
      buildId: build.buildId,
      status: response.status,
    });
  }
  return parseManifest(new Uint8Array(await response.arrayBuffer()));
}

function listChunks({ chunks }: Manifest): Set<string> {
  const known = new Set<string>();
  for (let row = 0; row < chunks.count; row += 1) known.add(chunkName(chunks.sha256, row));
  return known;
}

function chunkName(column: Uint8Array, row: number): string {
  return Buffer.from(column.buffer, column.byteOffset + row * 32, 32).toString('latin1');
}

async function computePreview(
  scanned: ScannedTree,
  known: ReadonlySet<string>,
  oldBuildId: number | null,
): Promise<Preview> {
  const newByFile = new Map<number, number>();
  let newBytes = 0;
  let updateBytesMax = 0;
  for (let row = 0; row < scanned.chunks.count; row += 1) {
    if (known.has(chunkName(scanned.chunks.sha256, row))) continue;
    const sizeBytes = scanned.chunks.sizeBytes[row] ?? 0;
    const entry = scanned.chunks.entry[row] ?? 0;
    newBytes += sizeBytes;
    newByFile.set(entry, (newByFile.get(entry) ?? 0) + sizeBytes);
    await using file = await open(join(scanned.root, scanned.entries[entry]?.path ?? ''));
    const bytes = Buffer.allocUnsafe(sizeBytes);
    await file.read(bytes, 0, sizeBytes, scanned.chunks.offset[row] ?? 0);
    updateBytesMax += (await compress(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 6 } })).length;
  }
  const causes = [...newByFile]
    .map(([row, bytes]) => {
      const entry = scanned.entries[row];
      return {
        path: entry?.path ?? '',
        newBytes: bytes,
        fileBytes: entry?.kind === 'file' ? entry.sizeBytes : 0,
      };
    })
    .sort((a, b) => b.newBytes - a.newBytes);
  return {
    files: scanned.entries.filter((entry) => entry.kind === 'file').length,
    totalBytes: scanned.totalBytes,
    oldBuildId,
    newBytes,
    updateBytesMax,
    causes,
    usdPerThousandPlayers: priceUpdates(updateBytesMax * 1000),
  };
}

/** What sending these bytes costs in each region, at the first tiers of today's prices. */
function priceUpdates(bytes: number): Record<string, number> {
  const { transfer } = priceTableAt(new Date());
  return Object.fromEntries(
    PRICE_REGIONS.map((region) => [region, costOfTiers(BigInt(bytes), transfer.value[region]) / 1e6]),
  );
}

const CAUSES_SHOWN = 8;

function formatPreview(name: string, preview: Preview): string {
  const { files, totalBytes, oldBuildId, newBytes, updateBytesMax, causes } = preview;
  const shown = causes.slice(0, CAUSES_SHOWN);
  const rows = shown.map((cause) => [cause.path, formatBytes(cause.newBytes), formatBytes(cause.fileBytes)]);
  const costs = Object.entries(preview.usdPerThousandPlayers).map(
    ([region, usd]) => `${region} ${formatUsd(usd)}`,
  );
  return [
    `${name}: ${files} files, ${formatBytes(totalBytes)}.`,
    oldBuildId === null
      ? `A first install downloads about ${formatBytes(updateBytesMax)}.`
      : `Against build ${oldBuildId}, ${formatBytes(newBytes)} are new; players download at most ${formatBytes(updateBytesMax)}, less with a patch.`,
    ...(rows.length === 0 ? [] : ['', formatTable([['caused by', 'new', 'of'], ...rows])]),
    ...(causes.length > CAUSES_SHOWN ? [`… and ${causes.length - CAUSES_SHOWN} more files`] : []),
    '',
    `Delivery for a thousand players: ${costs.join(', ')}`,
  ].join('\n');
}
