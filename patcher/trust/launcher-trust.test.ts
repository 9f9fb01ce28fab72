import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testSigner, testTarget, TestTrustRepository } from '../testing/trust/trust-repository.ts';
import { composeGameTargets, composeTimestamp } from './compose-documents.ts';
import { roleOfGame } from './game-targets.ts';
import { createLauncherTrust, type SignedBuild } from './launcher-trust.ts';
import { signDocument } from './sign-document.ts';
import type { TrustDocument } from './trust-document.ts';
import type { StoredRepository } from './trust-state.ts';

const DAY_MS = 86_400_000;
let folder: string;
let repository: TestTrustRepository;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gantry-trust-'));
  repository = new TestTrustRepository();
  repository.release('skylark', 1);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function find(
  place: { gameId?: string; depot?: string; channel?: string; shipped?: TrustDocument<'root'> } = {},
): Promise<SignedBuild> {
  const { gameId = 'skylark', depot = 'linux', channel = 'stable', shipped } = place;
  const trust = createLauncherTrust({
    folder: path.join(folder, 'trust'),
    shippedRoot: async () => shipped ?? repository.root(),
    metadataUrl: async () => 'https://cdn.example/trust/',
    fetch: repository.fetch,
    now: () => repository.nowMs,
  });
  return trust.findBuild({ organisationId: repository.scope, gameId, depot, channel });
}

async function state(): Promise<Record<string, string>> {
  const names = await readdir(path.join(folder, 'trust'));
  const texts = await Promise.all(
    names.sort().map((name) => readFile(path.join(folder, 'trust', name), 'utf8')),
  );
  return Object.fromEntries(names.map((name, index) => [name, texts[index] ?? '']));
}

/** What a refusal must be: its own code, the state on disk as before, and the next honest update taken. */
async function refuses(
  code: string,
  attack: () => void,
  place: Parameters<typeof find>[0] = {},
): Promise<void> {
  const before = await state();
  const honest = repository.save();
  attack();
  await expect(find(place)).rejects.toMatchObject({ code });
  expect(await state()).toEqual(before);
  repository.restore(honest);
  repository.answer = undefined;
  repository.release('skylark', 77);
  expect(await find()).toEqual(built(77));
}

function built(buildId: number): SignedBuild {
  const { length, hashes } = testTarget(buildId);
  return { buildId, manifest: { sha256: hashes.sha256, sizeBytes: length } };
}

describe('an honest repository', () => {
  test('names the build its publisher signed for a channel, and the next one after it', async () => {
    expect(await find()).toEqual(built(1));
    repository.release('skylark', 2);
    repository.release('skylark', 3, { channel: 'beta' });
    expect(await find()).toEqual(built(2));
    expect(await find({ channel: 'beta' })).toEqual(built(3));
  });

  test('is asked for a root and a timestamp only, where nothing is new', async () => {
    await find();
    repository.asked.length = 0;
    await find();
    expect(repository.asked).toEqual(['2.root.json', 'studio/timestamp.json']);
  });

  test('goes back to an older build by a newer record', async () => {
    repository.release('skylark', 5);
    await find();
    repository.release('skylark', 1);
    expect(await find()).toEqual(built(1));
  });

  test('keeps several games of one organisation apart', async () => {
    repository.release('orrery', 9);
    expect(await find()).toEqual(built(1));
    expect(await find({ gameId: 'orrery' })).toEqual(built(9));
    await refuses('TRUST_GAME_UNKNOWN', () => {}, { gameId: 'unheard-of' });
    await expect(find({ channel: 'nightly' })).rejects.toMatchObject({ code: 'TRUST_CHANNEL_UNSIGNED' });
    await expect(find({ depot: 'windows' })).rejects.toMatchObject({ code: 'TRUST_CHANNEL_UNSIGNED' });
  });

  test('leaves no records of other games behind that are not the newest any more', async () => {
    const kept = async () =>
      Object.keys((JSON.parse((await state())['repository-studio.json'] ?? '') as StoredRepository).games);
    repository.release('orrery', 9);
    await find();
    await find({ gameId: 'orrery' });
    expect(await kept()).toHaveLength(2);
    await find();
    expect(await kept()).toHaveLength(2);
    repository.release('orrery', 10);
    await find();
    expect(await kept()).toEqual([roleOfGame('skylark')]);
    expect(await find({ gameId: 'orrery' })).toEqual(built(10));
    expect(await kept()).toHaveLength(2);
  });

  test('is not reachable: says so and changes nothing', async () => {
    await find();
    await refuses('TRUST_UNREACHABLE', () => {
      repository.answer = () => new Response('busy', { status: 503 });
    });
    await refuses('TRUST_UNREACHABLE', () => {
      const headers = { 'content-type': 'text/html' };
      repository.answer = () => new Response('<html>Sign in to the hotel</html>', { headers });
    });
  });
});

describe('a hostile server', () => {
  beforeEach(async () => {
    await find();
  });

  test('rollback: serves an old timestamp again', async () => {
    const old = repository.file('timestamp.json');
    repository.release('skylark', 2);
    await find();
    await refuses('TRUST_ROLLBACK', () => repository.replace('timestamp.json', old));
  });

  test('rollback with the timestamp’s key: a new timestamp over an old snapshot', async () => {
    repository.release('skylark', 2);
    await find();
    await refuses('TRUST_ROLLBACK', () => {
      repository.versions['snapshot'] = 1;
      repository.stamp();
      repository.versions['snapshot'] = 2;
    });
  });

  test('rollback with both online keys: a new snapshot of old targets, or without a game', async () => {
    repository.release('skylark', 2);
    await find();
    await refuses('TRUST_ROLLBACK', () => {
      repository.versions['game-skylark'] = 1;
      repository.announce();
      repository.versions['game-skylark'] = 2;
    });
    await refuses('TRUST_ROLLBACK', () => repository.announce({ leaveOut: 'game-skylark' }));
  });

  test('freeze: serves what was true for longer than it was signed for', async () => {
    repository.nowMs += 2 * DAY_MS;
    await refuses('TRUST_EXPIRED', () => {});
    await refuses('TRUST_EXPIRED', () => repository.announce({ snapshotDays: -1 }));
    await refuses('TRUST_EXPIRED', () => repository.stamp(-1));
  });

  test('freeze of the root: no updates under a root whose time is over', async () => {
    repository.nowMs += 400 * DAY_MS;
    const before = await state();
    repository.announce();
    await expect(find()).rejects.toMatchObject({ code: 'TRUST_EXPIRED', details: { role: 'root' } });
    expect(await state()).toEqual(before);
    repository.signRoot(repository.keys.root.slice(0, 2));
    repository.release('skylark', 4);
    expect(await find()).toEqual(built(4));
  });

  test('mix and match: a snapshot, targets or game of another moment under the announced name', async () => {
    const first = repository.save();
    for (const role of ['snapshot', 'targets', 'game-skylark']) {
      await refuses('TRUST_MIXED', () => {
        repository.release('skylark', 2);
        const name = `${repository.versions[role]}.${role}.json`;
        const other = first.get(`studio/1.${role}.json`) ?? Buffer.alloc(0);
        repository.replace(name, other.subarray(0, repository.file(name).length));
      });
    }
  });

  test('fast-forward: versions that no honest repository reaches, and those it does are undone by new keys', async () => {
    await refuses('TRUST_FAST_FORWARD', () => {
      repository.versions['timestamp'] = 2 ** 40;
      repository.stamp();
      repository.versions['timestamp'] = 1;
    });
    // A thief of both online keys goes as far as is believed …
    const honest = { ...repository.versions };
    Object.assign(repository.versions, { timestamp: 2_000_000_000, snapshot: 2_000_000_000 });
    repository.announce();
    await find();
    // … which makes the honest versions old, until the root names other keys.
    Object.assign(repository.versions, honest);
    repository.release('skylark', 8);
    await expect(find()).rejects.toMatchObject({ code: 'TRUST_ROLLBACK' });
    repository.keys.timestamp = testSigner('timestamp after the theft');
    repository.keys.snapshot = testSigner('snapshot after the theft');
    repository.signRoot(repository.keys.root.slice(1));
    repository.announce();
    expect(await find()).toEqual(built(8));
  });

  test('endless data: every record has a cap, and reading stops there', async () => {
    for (const name of [
      'timestamp.json',
      'snapshot.json',
      'targets.json',
      'game-skylark.json',
      'root.json',
    ]) {
      repository.release('skylark', 3);
      let sent = 0;
      let cancelled = false;
      await refuses('TRUST_TOO_LARGE', () => {
        repository.answer = (asked) =>
          asked.endsWith(name)
            ? new Response(
                new ReadableStream({
                  pull: (controller) => {
                    sent += 65_536;
                    controller.enqueue(new Uint8Array(65_536));
                  },
                  cancel: () => {
                    cancelled = true;
                  },
                }),
              )
            : undefined;
      });
      expect(sent).toBeLessThan(1_000_000);
      expect(cancelled).toBe(true);
    }
  });

  test('another organisation’s record, signed by the same operator, in place of this one’s', async () => {
    await refuses('TRUST_WRONG_SCOPE', () => {
      const version = repository.versions['snapshot'] as number;
      const bytes = repository.file(`${version}.snapshot.json`);
      const terms = { version: 9, expiresMs: repository.nowMs + DAY_MS };
      const signed = composeTimestamp('another-studio', terms, { version, bytes });
      repository.replace('timestamp.json', signDocument<'timestamp'>(signed, [repository.keys.timestamp]));
    });
  });

  test('another game’s targets, signed by the same publisher, in place of this one’s', async () => {
    repository.publishers.set('orrery', testSigner('publisher of skylark'));
    repository.release('orrery', 50);
    const orrery = repository.file('1.game-orrery.json');
    await refuses('TRUST_WRONG_SCOPE', () => {
      repository.versions['game-skylark'] = 40;
      const terms = { version: 40, expiresMs: repository.nowMs + DAY_MS };
      const signed = composeGameTargets('orrery', terms, repository.games.get('orrery') ?? {});
      repository.replace(
        '40.game-skylark.json',
        signDocument<'targets'>(signed, [testSigner('publisher of skylark')]),
      );
      repository.announce();
      repository.versions['game-skylark'] = 1;
    });
    expect(orrery.length).toBeGreaterThan(0);
    await refuses('TRUST_WRONG_SCOPE', () => {
      // The publisher of one game signs a path of another.
      repository.versions['game-skylark'] = 60;
      const terms = { version: 61, expiresMs: repository.nowMs + DAY_MS };
      const signed = composeGameTargets('skylark', terms, { 'orrery/channels/linux/stable': testTarget(1) });
      repository.versions['game-skylark'] = 61;
      repository.replace(
        '61.game-skylark.json',
        signDocument<'targets'>(signed, [testSigner('publisher of skylark')]),
      );
      repository.announce();
      repository.versions['game-skylark'] = 2;
    });
  });

  test('a taken-over service signs a game itself: its keys are not the publisher’s', async () => {
    for (const thief of [repository.keys.snapshot, repository.keys.timestamp, repository.keys.targets]) {
      await refuses('TRUST_KEY_UNKNOWN', () => {
        repository.versions['game-skylark'] = 90;
        repository.signGame('skylark', thief);
        repository.announce();
        repository.versions['game-skylark'] = 5;
      });
    }
  });

  test('a taken-over service hands a game to a key of its own: the delegation is not its to sign', async () => {
    await refuses('TRUST_KEY_UNKNOWN', () => {
      const { targets } = repository.keys;
      repository.publishers.set('skylark', testSigner('thief'));
      repository.keys.targets = repository.keys.snapshot;
      repository.release('skylark', 666);
      repository.keys.targets = targets;
      repository.publishers.set('skylark', testSigner('publisher of skylark'));
    });
  });
});

describe('keys', () => {
  test('a stolen publisher’s key is shut out by a new delegation, and the game goes on with the new key', async () => {
    await find();
    repository.publishers.set('skylark', testSigner('publisher after the theft'));
    repository.release('skylark', 2);
    expect(await find()).toEqual(built(2));
    await refuses('TRUST_KEY_UNKNOWN', () => {
      repository.signGame('skylark', testSigner('publisher of skylark'));
      repository.announce();
    });
  });

  test('a new root needs two of three keys of the root before it and two of its own', async () => {
    await find();
    const [one, two, three] = repository.keys.root;
    const fresh = ['four', 'five', 'six'].map((name) => testSigner(`root ${name}`));
    if (one === undefined || two === undefined || three === undefined) throw new Error('three keys');
    repository.keys.root = fresh;
    const good = repository.save();
    for (const signers of [[one, ...fresh], [one, two], [one, two, fresh[0] ?? one], fresh]) {
      repository.restore(good);
      repository.versions['root'] = 1;
      repository.signRoot(signers);
      await expect(find()).rejects.toMatchObject({ code: 'TRUST_SIGNATURES_MISSING' });
    }
    repository.restore(good);
    repository.versions['root'] = 1;
    repository.signRoot([one, three, ...fresh.slice(0, 2)]);
    repository.release('skylark', 6);
    expect(await find()).toEqual(built(6));
    // The new root is kept: the old keys make no other one.
    repository.restore(good);
    repository.versions['root'] = 1;
    repository.keys.root = [one, two, three];
    repository.signRoot([one, two]);
    repository.signRoot([one, two], { version: 3 });
    await expect(find()).rejects.toMatchObject({ code: 'TRUST_SIGNATURES_MISSING' });
  });

  test('a launcher that slept walks through every root, and one that ships a newer root begins there', async () => {
    await find();
    for (let step = 0; step < 5; step++) {
      repository.keys.timestamp = testSigner(`timestamp ${step}`);
      repository.signRoot(repository.keys.root.slice(0, 2));
    }
    repository.release('skylark', 2);
    expect(await find()).toEqual(built(2));
    repository.asked.length = 0;
    expect(await find({ shipped: repository.root(6) })).toEqual(built(2));
    expect(repository.asked[0]).toBe('7.root.json');
  });

  test('a root that skips a version, or is of a version already seen, is refused', async () => {
    await find();
    repository.files.set(
      '2.root.json',
      repository.signRoot(repository.keys.root.slice(0, 2), { version: 3 }),
    );
    await expect(find()).rejects.toMatchObject({ code: 'TRUST_FAST_FORWARD' });
    repository.files.set(
      '2.root.json',
      repository.signRoot(repository.keys.root.slice(0, 2), { version: 1 }),
    );
    await expect(find()).rejects.toMatchObject({ code: 'TRUST_ROLLBACK' });
  });
});

test('what cannot be remembered is not relied on', async () => {
  await writeFile(path.join(folder, 'trust'), 'a file where the folder should be');
  await expect(find()).rejects.toMatchObject({ code: 'TRUST_STATE_NOT_WRITABLE' });
});

test('a look that is given up ends with the reason it was given up for', async () => {
  const stop = new AbortController();
  repository.answer = () => {
    stop.abort(new Error('the player cancelled'));
    throw new TypeError('fetch failed');
  };
  const trust = createLauncherTrust({
    folder: path.join(folder, 'trust'),
    shippedRoot: async () => repository.root(),
    metadataUrl: async () => 'https://cdn.example/trust/',
    fetch: repository.fetch,
    now: () => repository.nowMs,
  });
  const place = { organisationId: repository.scope, gameId: 'skylark', depot: 'linux', channel: 'stable' };
  await expect(trust.findBuild(place, stop.signal)).rejects.toThrow('the player cancelled');
  repository.answer = undefined;
  // Several at once wait for each other, and one that was given up holds up nobody.
  const found = await Promise.all([trust.findBuild(place), trust.findBuild(place), trust.findBuild(place)]);
  expect(found).toEqual([built(1), built(1), built(1)]);
});

test('a damaged memory is as good as none: all of it is fetched and verified again', async () => {
  await find();
  const before = await state();
  for (const name of Object.keys(before)) {
    await rm(path.join(folder, 'trust', name));
    expect(await find()).toEqual(built(1));
  }
  expect(await state()).toEqual(before);
});
