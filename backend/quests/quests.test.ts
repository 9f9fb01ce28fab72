import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { findUnreconciledAccounts, ledgerAccounts, readBalance } from '../ledger/ledger.ts';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { insertTestBuild } from '../testing/catalogue-rows.ts';
import { type BegunPlay, beat, beginPlay, type PlayServices } from './play-sessions.ts';
import { computeProof, type PossessionChallenge } from './possession.ts';
import { listQuests, offerQuest } from './quest-progress.ts';
import { claimReward, readRewards } from './rewards.ts';

const bytes = new TextEncoder().encode('what only somebody with the build can read');
const challenge: PossessionChallenge = { path: 'data.pak', offset: 7, sizeBytes: bytes.length, bytes };

let testDatabase: TestDatabase;
let clockMs: number;
let services: PlayServices;
let accountId: string;
let buildId: number;
let questId: string;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(async () => await testDatabase.close());

beforeEach(async () => {
  clockMs = Date.parse('2026-11-21T12:00:00Z');
  const { database } = testDatabase;
  services = {
    database,
    challenges: { create: async () => challenge },
    now: () => new Date(clockMs),
    heartbeatSeconds: 15,
  };
  const rows = await insertTestBuild(database, { access: 'free' });
  ({ accountId, buildId } = rows);
  questId = `quest-${randomUUID().slice(0, 8)}`;
  await offerQuest(
    database,
    {
      questId,
      gameId: rows.gameId,
      title: 'First flight',
      description: '',
      kind: 'play-time',
      targetSeconds: 30,
      rewardPoints: 100,
    },
    accountId,
  );
});

const proofOf = (begun: BegunPlay): string =>
  computeProof(Buffer.from(begun.nonce, 'hex'), bytes).toString('hex');

async function play(
  seconds: readonly number[],
): Promise<{ begun: BegunPlay; nonce: string; countedSeconds: number }> {
  const begun = await beginPlay(services, accountId, buildId);
  let state = { nonce: begun.nonce, countedSeconds: 0 };
  for (const [at, wait] of seconds.entries()) {
    clockMs += wait * 1000;
    const proof = at === 0 ? proofOf(begun) : undefined;
    state = await beat(services, {
      playSessionId: begun.playSessionId,
      accountId,
      nonce: state.nonce,
      proof,
    });
  }
  return { begun, ...state };
}

async function readQuest() {
  const quests = await listQuests(testDatabase.database, accountId);
  return quests.find((quest) => quest.questId === questId);
}

const claim = async () =>
  await testDatabase.database
    .transaction()
    .execute(
      async (transaction) => await claimReward(transaction, { accountId, questId, at: services.now() }),
    );

test('play time counts by the service’s clock and completes the quest', async () => {
  const { countedSeconds } = await play([0, 15, 14]);
  expect(countedSeconds).toBe(29);
  expect(await readQuest()).toMatchObject({ state: 'in-progress', progressSeconds: 29, completedAt: null });
  await play([1]);
  expect(await readQuest()).toMatchObject({ state: 'completed', progressSeconds: 30 });
});

test('a gap counts as two intervals at most, so a sleeping machine earns nothing', async () => {
  expect((await play([0, 3600])).countedSeconds).toBe(30);
});

test('a heartbeat repeated after a lost answer gets the same answer and counts once', async () => {
  const begun = await beginPlay(services, accountId, buildId);
  clockMs += 5_000;
  const given = { playSessionId: begun.playSessionId, accountId, nonce: begun.nonce, proof: proofOf(begun) };
  const answers = await Promise.all([beat(services, given), beat(services, given), beat(services, given)]);
  expect(new Set(answers.map(({ nonce }) => nonce)).size).toBe(1);
  expect(answers.map(({ countedSeconds }) => countedSeconds)).toEqual([5, 5, 5]);
});

test('a heartbeat with another nonce counts nothing', async () => {
  const { begun } = await play([0, 10]);
  await expect(
    beat(services, {
      playSessionId: begun.playSessionId,
      accountId,
      nonce: begun.nonce,
      proof: proofOf(begun),
    }),
  ).rejects.toMatchObject({ code: 'PLAY_NONCE_WRONG' });
});

test.each([
  ['without a proof', () => undefined],
  ['with a wrong proof', () => 'ab'.repeat(32)],
])('a first heartbeat %s ends the session and nothing counts', async (_name, proof) => {
  const begun = await beginPlay(services, accountId, buildId);
  clockMs += 10_000;
  const given = { playSessionId: begun.playSessionId, accountId, nonce: begun.nonce };
  await expect(beat(services, { ...given, proof: proof() })).rejects.toMatchObject({
    code: 'PLAY_PROOF_WRONG',
  });
  await expect(beat(services, { ...given, proof: proofOf(begun) })).rejects.toMatchObject({
    code: 'PLAY_SESSION_ENDED',
  });
  expect(await readQuest()).toMatchObject({ state: 'available', progressSeconds: 0 });
});

test('another player cannot beat for this one', async () => {
  const begun = await beginPlay(services, accountId, buildId);
  const other = await insertTestBuild(testDatabase.database, { access: 'free' });
  await expect(
    beat(services, {
      playSessionId: begun.playSessionId,
      accountId: other.accountId,
      nonce: begun.nonce,
      proof: proofOf(begun),
    }),
  ).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('starting twice at once leaves one live session', async () => {
  const begun = await Promise.all(
    Array.from({ length: 5 }, async () => await beginPlay(services, accountId, buildId)),
  );
  const live = await testDatabase.database
    .selectFrom('playSessions')
    .select('playSessionId')
    .where('accountId', '=', accountId)
    .where('endedAt', 'is', null)
    .execute();
  expect(live).toHaveLength(1);
  expect(begun.map((one) => one.playSessionId)).toContain(live[0]?.playSessionId);
});

test('a build the player may not install cannot be played', async () => {
  const foreign = await insertTestBuild(testDatabase.database, { access: 'entitled' });
  await expect(beginPlay(services, accountId, foreign.buildId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a reward is paid once, whoever many claims arrive at once', async () => {
  await play([0, 15, 15]);
  const receipts = await Promise.all(Array.from({ length: 25 }, claim));
  expect(new Set(receipts.map(({ receiptId }) => receiptId)).size).toBe(1);
  expect(await readBalance(testDatabase.database, ledgerAccounts.playerPoints(accountId))).toBe(100);
  expect(await readRewards(testDatabase.database, accountId)).toMatchObject({
    balancePoints: 100,
    history: [{ questId, points: 100, questTitle: 'First flight' }],
  });
  expect(await readQuest()).toMatchObject({ state: 'claimed' });
  expect(await findUnreconciledAccounts(testDatabase.database)).toEqual([]);
});

test('an unfinished quest pays nothing and says how much is missing', async () => {
  await play([0, 12]);
  await expect(claim()).rejects.toMatchObject({ code: 'QUEST_NOT_COMPLETED', details: { secondsLeft: 18 } });
});

test('offering a quest again with other terms is refused, with the same terms it is not', async () => {
  const quest = await readQuest();
  const { gameId = '' } = quest ?? {};
  const terms = {
    questId,
    gameId,
    title: 'First flight',
    description: '',
    kind: 'play-time',
    targetSeconds: 30,
    rewardPoints: 100,
  } as const;
  await expect(offerQuest(testDatabase.database, terms, accountId)).resolves.toEqual(terms);
  await expect(
    offerQuest(testDatabase.database, { ...terms, rewardPoints: 1 }, accountId),
  ).rejects.toMatchObject({
    code: 'QUEST_EXISTS',
  });
});
