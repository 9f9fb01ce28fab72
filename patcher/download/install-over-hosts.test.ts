import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { installBuild, updateBuild } from '../install/install.ts';
import { compareTrees } from '../testing/trees/compare-trees.ts';
import { GameOnCdn, type PublishedBuild } from '../testing/builds/game-on-cdn.ts';
import { type ObjectServer, startObjectServer } from '../testing/network/object-server.ts';
import { SeededRandom } from '../testing/random-bytes.ts';
import { evolveFakeBuild, makeFakeBuild } from '../testing/trees/tree-builder.ts';
import { HostHealth } from './hosts/host-health.ts';
import { systemClock } from './clock.ts';

/** The largest chunk of the games of these tests, packed: they do not compress. */
const CHUNK_BYTES_MAX = 33_000;
/** Streams at the beginning; a test is over before there are more. */
const STREAMS = 4;

let scratch: string;
let game: GameOnCdn;
let first: PublishedBuild;
let second: PublishedBuild;
let mirror: ObjectServer;

beforeEach(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'gantry-hosts-'));
  game = await GameOnCdn.start(scratch);
  const build = makeFakeBuild({ seed: 11, packBytes: 1_500_000, assets: 12 });
  first = await game.publish(build);
  second = await game.publish(evolveFakeBuild(build, 12));
  mirror = await startObjectServer((objectPath) => game.object(objectPath));
});
afterEach(async () => {
  await game.close();
  await mirror.close();
  await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
});

/** Bytes of packs that both hosts sent; manifests are read whole each time. */
const packBytes = (server: ObjectServer): number => server.sentBytes;

/** Tells after each piece how many body bytes have come in all. */
function countingFetch(onBytes: (bytes: number) => void): typeof fetch {
  let bytes = 0;
  return async (url, init) => {
    const response = await fetch(url, init);
    const counter = new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>({
      transform: (piece, controller) => {
        bytes += piece.length;
        controller.enqueue(Uint8Array.from(piece));
        onBytes(bytes);
      },
    });
    return new Response(response.body?.pipeThrough(counter) ?? null, response);
  };
}

test('an install goes on at the mirror when its host dies in the middle, and nothing checked is fetched again', async () => {
  const health = new HostHealth(systemClock, () => 0);
  const mirrors = [{ baseUrl: mirror.baseUrl, query: 'Signature=1' }];
  const grants = {
    current: async () => ({ ...(await game.server.grants.current()), mirrors }),
    refresh: async (reason: string) => ({ ...(await game.server.grants.refresh(reason)), mirrors }),
  };
  // The manifest comes whole; the first pack breaks off, and from then on nothing comes.
  game.server.fault = ({ index }) => {
    if (index === 0) return undefined;
    return index === 1 ? { kind: 'truncate', afterBytes: 400_000 } : { kind: 'reset' };
  };
  const root = path.join(scratch, 'install');
  const ports = { grants, fetch, health, random: () => 0 };
  const outcome = await installBuild({ root, build: first.reference, ports });
  expect(outcome.kind).toBe('done');
  expect(await compareTrees(first.root, root)).toEqual([]);
  expect(mirror.requests.length).toBeGreaterThan(0);
  expect(game.server.requests.length).toBeLessThanOrEqual(2 + STREAMS + 3);
  const manifest = first.reference.manifest.sizeBytes;
  const needed = outcome.kind === 'done' ? outcome.figures.downloadBytes : 0;
  expect(packBytes(game.server) + packBytes(mirror)).toBeLessThanOrEqual(
    (needed + manifest) * 1.1 + STREAMS * 64 * 1024,
  );
});

test('what is stopped again and again fetches less than a chunk a stream twice at each stop', async () => {
  const random = new SeededRandom(5);
  const root = path.join(scratch, 'install');
  game.server.delayMs = 1;
  let stops = 0;
  for (const build of [first, second]) {
    const work = build === first ? installBuild : updateBuild;
    const before = game.server.sentBytes;
    let received = 0;
    let needed = 0;
    for (let done = false; !done; ) {
      const stop = new AbortController();
      const after = 30_000 + random.below(200_000);
      const outcome = await work({
        root,
        build: build.reference,
        ports: { ...game.ports, fetch: countingFetch((bytes) => bytes > after && stop.abort()) },
        signal: stop.signal,
        onPlan: ({ figures }) => {
          needed ||= figures.downloadBytes;
        },
      });
      done = outcome.kind === 'done';
      received += outcome.downloadedBytes;
      if (!done) stops++;
    }
    expect(await compareTrees(build.root, root)).toEqual([]);
    const manifests = (stops + 1) * build.reference.manifest.sizeBytes;
    expect(received).toBeLessThanOrEqual(needed * 1.1 + manifests + stops * STREAMS * CHUNK_BYTES_MAX);
    expect(game.server.sentBytes - before).toBeGreaterThanOrEqual(needed);
  }
  expect(stops).toBeGreaterThan(3);
});
