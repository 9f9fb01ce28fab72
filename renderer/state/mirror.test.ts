import { describe, expect, it } from 'vitest';
import type { ChangedEvent, LauncherBridge } from '../../preload/contract.ts';
import { makeGame, makeSlices } from '../testing/builders.ts';
import { createFakeLauncher, refused } from '../testing/fake-launcher.ts';
import { startMirror } from './mirror.ts';

const libraryOf = (...titles: string[]) => ({
  status: 'ready' as const,
  games: titles.map((title) => makeGame({ gameId: title.toLowerCase(), title })),
  failure: null,
});

const libraryChange = (revision: number, ...titles: string[]): ChangedEvent => ({
  revision,
  slice: 'library',
  value: libraryOf(...titles),
});

/** Follow a fake launcher; what was applied to the library, in order, by titles. */
function follow() {
  const titles: string[][] = [];
  const apply = (change: ChangedEvent): void => {
    if (change.slice === 'library') titles.push(change.value.games.map((game) => game.title));
  };
  return { titles, apply };
}

describe('startMirror', () => {
  it('subscribes before it asks for the snapshot', async () => {
    const calls: string[] = [];
    const fake = createFakeLauncher(makeSlices());
    const bridge: LauncherBridge = {
      on: (name, listener) => {
        calls.push(`on ${name}`);
        return fake.bridge.on(name, listener);
      },
      request: (name, argument) => {
        calls.push(name);
        return fake.bridge.request(name, argument);
      },
    };
    await startMirror(bridge, () => {});
    expect(calls).toEqual(['on changed', 'state:read']);
  });

  it('applies every slice of the snapshot, the session last', async () => {
    const slices: string[] = [];
    await startMirror(createFakeLauncher(makeSlices()).bridge, (change) => slices.push(change.slice));
    expect(new Set(slices).size).toBe(7);
    expect(slices.at(-1)).toBe('session');
  });

  it('keeps a change that is newer than the snapshot, though it came first', async () => {
    const fake = createFakeLauncher(makeSlices({ library: libraryOf('Old') }));
    const { titles, apply } = follow();
    const started = startMirror(fake.bridge, apply);
    fake.send(libraryChange(9, 'New'));
    await started;
    expect(titles).toEqual([['New']]);
  });

  it('lets the snapshot replace a change that is older', async () => {
    const fake = createFakeLauncher(makeSlices({ library: libraryOf('Snapshot') }));
    const { titles, apply } = follow();
    const started = startMirror(fake.bridge, apply);
    fake.send(libraryChange(0, 'Earlier'));
    await started;
    expect(titles.at(-1)).toEqual(['Snapshot']);
  });

  it('drops a change that arrives after a newer one', async () => {
    const fake = createFakeLauncher(makeSlices());
    const { titles, apply } = follow();
    await startMirror(fake.bridge, apply);
    fake.send(libraryChange(7, 'Seven'));
    fake.send(libraryChange(6, 'Six'));
    fake.send(libraryChange(7, 'Seven again'));
    expect(titles.at(-1)).toEqual(['Seven']);
  });

  it('counts revisions for each slice by itself', async () => {
    const fake = createFakeLauncher(makeSlices());
    const { titles, apply } = follow();
    await startMirror(fake.bridge, apply);
    fake.send({ revision: 20, slice: 'session', value: { status: 'signed-out', failure: null } });
    fake.send(libraryChange(8, 'Eight'));
    expect(titles.at(-1)).toEqual(['Eight']);
  });

  it('unsubscribes and hands on the failure when the snapshot is refused', async () => {
    const fake = createFakeLauncher(makeSlices());
    fake.answer('state:read', () => refused({ code: 'STATE_UNREADABLE' }));
    const { titles, apply } = follow();
    const start = await startMirror(fake.bridge, apply);
    expect(start).toMatchObject({ ok: false, failure: { code: 'STATE_UNREADABLE' } });
    fake.send(libraryChange(9, 'Late'));
    expect(titles).toEqual([]);
  });

  it('stops listening when told to', async () => {
    const fake = createFakeLauncher(makeSlices());
    const { titles, apply } = follow();
    const start = await startMirror(fake.bridge, apply);
    if (start.ok) start.stop();
    const before = titles.length;
    fake.send(libraryChange(9, 'Late'));
    expect(titles).toHaveLength(before);
  });
});
