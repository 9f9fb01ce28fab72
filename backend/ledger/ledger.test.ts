import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../testing/database.ts';
import { findUnreconciledAccounts, ledgerAccounts, postEntry, readBalance } from './ledger.ts';

let testDatabase: TestDatabase;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
});
afterAll(async () => await testDatabase.close());

const post = async (
  amounts: readonly (readonly [
    ReturnType<typeof ledgerAccounts.playerPoints> | ReturnType<typeof ledgerAccounts.pointsIssued>,
    number,
  ])[],
  reference: string = randomUUID(),
) =>
  await testDatabase.database.transaction().execute(
    async (transaction) =>
      await postEntry(transaction, {
        kind: 'test',
        reference,
        at: new Date(),
        postings: amounts.map(([account, amount]) => ({ account, amount })),
      }),
  );

test('a reward moves points from the game’s issuance to the player', async () => {
  const player = ledgerAccounts.playerPoints('a');
  const game = ledgerAccounts.pointsIssued('game-a');
  await post([
    [player, 100],
    [game, -100],
  ]);
  expect(await readBalance(testDatabase.database, player)).toBe(100);
  expect(await readBalance(testDatabase.database, game)).toBe(-100);
});

test('postings that do not sum to zero never commit', async () => {
  const player = ledgerAccounts.playerPoints('b');
  await expect(
    post([
      [player, 100],
      [ledgerAccounts.pointsIssued('game-b'), -99],
    ]),
  ).rejects.toMatchObject({
    constraint: 'ledger_postings_zero',
  });
  expect(await readBalance(testDatabase.database, player)).toBe(0);
});

test('an event posted twice counts once', async () => {
  const player = ledgerAccounts.playerPoints('c');
  const amounts = [
    [player, 5],
    [ledgerAccounts.pointsIssued('game-c'), -5],
  ] as const;
  const results = await Promise.all(Array.from({ length: 8 }, async () => await post(amounts, 'same-event')));
  expect(results.filter((id) => id !== undefined)).toHaveLength(1);
  expect(await readBalance(testDatabase.database, player)).toBe(5);
});

test('a player never spends points they do not have, however many try at once', async () => {
  const player = ledgerAccounts.playerPoints('d');
  const game = ledgerAccounts.pointsIssued('game-d');
  await post([
    [player, 10],
    [game, -10],
  ]);
  const spent = await Promise.allSettled(
    Array.from(
      { length: 20 },
      async () =>
        await post([
          [player, -3],
          [game, 3],
        ]),
    ),
  );
  expect(spent.filter((result) => result.status === 'fulfilled')).toHaveLength(3);
  for (const result of spent) {
    if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'LEDGER_BALANCE_TOO_LOW' });
  }
  expect(await readBalance(testDatabase.database, player)).toBe(1);
});

test('random transfers by many workers keep every balance equal to its postings', async () => {
  const accounts = ['e', 'f', 'g', 'h'].map((name) => ledgerAccounts.pointsIssued(name));
  const worker = async (seed: number): Promise<void> => {
    for (let step = 0; step < 12; step += 1) {
      const from = accounts[(seed + step) % accounts.length];
      const to = accounts[(seed * 3 + step * 2 + 1) % accounts.length];
      if (from === undefined || to === undefined || from === to) continue;
      await post([
        [from, -(step + 1)],
        [to, step + 1],
      ]);
    }
  };
  await Promise.all(Array.from({ length: 10 }, async (_, seed) => await worker(seed)));
  expect(await findUnreconciledAccounts(testDatabase.database)).toEqual([]);
});

test.each([
  'update ledger_postings set amount = 1',
  'delete from ledger_postings',
  'truncate ledger_postings',
  'delete from ledger_transactions',
])('the ledger refuses: %s', async (statement) => {
  await post([
    [ledgerAccounts.playerPoints('i'), 1],
    [ledgerAccounts.pointsIssued('game-i'), -1],
  ]);
  await expect(sql.raw(statement).execute(testDatabase.database)).rejects.toThrow('append-only');
});

test('a balance changed behind the ledger’s back is found', async () => {
  const player = ledgerAccounts.playerPoints('j');
  await post([
    [player, 2],
    [ledgerAccounts.pointsIssued('game-j'), -2],
  ]);
  await testDatabase.database
    .updateTable('ledgerAccounts')
    .set({ balance: 7 })
    .where('ledgerAccountId', '=', player.ledgerAccountId)
    .execute();
  expect(await findUnreconciledAccounts(testDatabase.database)).toContain(player.ledgerAccountId);
});
