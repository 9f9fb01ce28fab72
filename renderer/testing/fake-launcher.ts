import type {
  Answer,
  ChangedEvent,
  Failure,
  LauncherBridge,
  LauncherSlices,
  NoticeEvent,
  RequestArgument,
  RequestName,
  RequestResult,
  SliceName,
} from '../../preload/contract.ts';
import { ago, makeFailure, now } from './builders.ts';
import { samplePlan } from './scenarios.ts';

type Handler<Name extends RequestName> = (
  argument: RequestArgument<Name>,
) => Answer<RequestResult<Name>> | Promise<Answer<RequestResult<Name>>>;

export interface FakeLauncher {
  readonly bridge: LauncherBridge;
  /** Every request so far, oldest first, without `state:read`. */
  readonly requests: readonly { readonly name: RequestName; readonly argument: unknown }[];
  readonly slices: () => LauncherSlices;
  /** Change one slice and tell the renderer. */
  readonly change: <Name extends SliceName>(slice: Name, value: LauncherSlices[Name]) => void;
  readonly notice: (notice: NoticeEvent) => void;
  /** Send an event as it is, with a revision of the test's choosing. */
  readonly send: (change: ChangedEvent) => void;
  /** Answer one kind of request differently from now on. */
  readonly answer: <Name extends RequestName>(name: Name, handler: Handler<Name>) => void;
}

export const ok = <Value>(value: Value): Answer<Value> => ({ ok: true, value });
export const refused = (failure: Partial<Failure> = {}): Answer<never> => ({
  ok: false,
  error: makeFailure({
    code: 'TEST_REFUSED',
    message: 'That did not work.',
    next: 'Try again.',
    action: 'none',
    ...failure,
  }),
});

/** A launcher in this page: main's side of the bridge over plain state, with the requests that change it. */
export function createFakeLauncher(initial: LauncherSlices): FakeLauncher {
  let slices = initial;
  let revision = 1;
  const changedListeners = new Set<(event: ChangedEvent) => void>();
  const noticeListeners = new Set<(event: NoticeEvent) => void>();
  const requests: { name: RequestName; argument: unknown }[] = [];
  const handlers = new Map<RequestName, Handler<RequestName>>();

  const send = (change: ChangedEvent): void => {
    for (const listener of changedListeners) listener(change);
  };
  const change: FakeLauncher['change'] = (slice, value) => {
    slices = { ...slices, [slice]: value };
    revision += 1;
    send({ revision, slice, value } as ChangedEvent);
  };
  const answer: FakeLauncher['answer'] = (name, handler) => {
    handlers.set(name, handler);
  };
  const fake: FakeLauncher = {
    bridge: {
      request: async (name, argument) => {
        if (name !== 'state:read') requests.push({ name, argument });
        const handler = handlers.get(name);
        // What no test or scenario answers is done without a visible effect.
        const result = handler === undefined ? ok(null) : await handler(argument);
        return result as Answer<RequestResult<typeof name>>;
      },
      on: (name, listener) => {
        const listeners = (name === 'changed' ? changedListeners : noticeListeners) as Set<typeof listener>;
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    requests,
    slices: () => slices,
    change,
    notice: (notice) => {
      for (const listener of noticeListeners) listener(notice);
    },
    send,
    answer,
  };
  answer('state:read', () => ok({ revision, slices }));
  answerSession(fake);
  answerLibrary(fake);
  answerDownloads(fake);
  answerQuests(fake);
  answerSettings(fake);
  return fake;
}

function answerSession({ answer, change }: FakeLauncher): void {
  answer('session:sign-in', ({ email }) => {
    change('session', {
      status: 'signed-in',
      accountId: 'acc_1',
      email,
      displayName: 'Robin',
      remembered: true,
    });
    return ok(null);
  });
  answer('session:sign-out', () => {
    change('session', { status: 'signed-out', failure: null });
    return ok(null);
  });
  let sessions = [
    { sessionId: 's1', device: 'Gantry on Linux', createdAt: ago(6000), lastUsedAt: ago(0), current: true },
    {
      sessionId: 's2',
      device: 'Gantry on Windows',
      createdAt: ago(90_000),
      lastUsedAt: ago(2900),
      current: false,
    },
  ];
  answer('session:list', () => ok(sessions));
  answer('session:revoke', ({ sessionId }) => {
    sessions = sessions.filter((session) => session.sessionId !== sessionId);
    return ok(null);
  });
}

function answerLibrary({ answer, change, slices }: FakeLauncher): void {
  answer('install:plan', ({ gameId, reason }) => {
    const game = slices().library.games.find((candidate) => candidate.gameId === gameId);
    return game === undefined ? refused() : ok(samplePlan(game, reason));
  });
  answer('install:plan-adoption', ({ gameId, folder }) => {
    const game = slices().library.games.find((candidate) => candidate.gameId === gameId);
    return game === undefined ? refused() : ok({ ...samplePlan(game, 'adopt'), folder });
  });
  answer('install:read-kept', ({ gameId }) => ok(gameId === 'skylark' ? { sizeBytes: 118_000_000 } : null));
  answer('library:set-favourite', ({ gameId, favourite }) => {
    const { library } = slices();
    const games = library.games.map((game) => (game.gameId === gameId ? { ...game, favourite } : game));
    change('library', { ...library, games });
    return ok(null);
  });
}

function answerDownloads({ answer, change, slices }: FakeLauncher): void {
  answer('downloads:move', ({ gameId, position }) => {
    const { downloads } = slices();
    const moved = downloads.queue.find((download) => download.gameId === gameId);
    if (moved === undefined) return refused();
    const queue = downloads.queue.filter((download) => download.gameId !== gameId);
    queue.splice(position, 0, moved);
    change('downloads', { ...downloads, queue });
    return ok(null);
  });
  answer('downloads:clear-finished', () => {
    change('downloads', { ...slices().downloads, finished: [] });
    return ok(null);
  });
}

function answerQuests({ answer, change, slices }: FakeLauncher): void {
  answer('quest:claim', ({ questId }) => {
    const { quests } = slices();
    const quest = quests.quests.find((candidate) => candidate.questId === questId);
    if (quest === undefined) return refused();
    const at = new Date(now).toISOString();
    const receipt = {
      receiptId: 'rcp_9K2LQ7WD',
      questId,
      questTitle: quest.title,
      gameId: quest.gameId,
      points: quest.rewardPoints,
      at,
    };
    change('quests', {
      ...quests,
      quests: quests.quests.map((candidate) =>
        candidate.questId === questId ? { ...candidate, state: 'claimed', claimedAt: at } : candidate,
      ),
      balancePoints: quests.balancePoints + quest.rewardPoints,
      history: [receipt, ...quests.history],
    });
    return ok(receipt);
  });
}

function answerSettings({ answer, change, slices }: FakeLauncher): void {
  answer('settings:update', (settings) => {
    const state = slices().settings;
    // Absent fields stay; the contract's schema never passes `undefined` on.
    change('settings', {
      ...state,
      settings: { ...state.settings, ...(settings as Partial<typeof state.settings>) },
    });
    return ok(null);
  });
  answer('launcher:diagnostics', () =>
    ok({ supportCode: 'GT-4F7K-2M9Q', file: '/home/robin/.local/state/gantry/diagnostics-2026-11-21.zip' }),
  );
}
