import { expect, test } from 'vitest';
import { composeTargets } from '../../../patcher/trust/compose-documents.ts';
import { signDocument } from '../../../patcher/trust/sign-document.ts';
import { parseTrustDocument } from '../../../patcher/trust/trust-document.ts';
import { createTrustSigner } from '../../../patcher/trust/trust-key.ts';
import type { GameTrust } from '../../api/contract.ts';
import { testSigning } from '../../testing/sign-build.ts';
import { repositoryErrors } from '../../trust/errors.ts';
import { type VouchedBuild, withBuild, withChannel } from './game-record.ts';
import { checkSigning, type SigningContext, signGame, signRecord } from './sign-game.ts';

const gameId = 'skylark';
const build: VouchedBuild = {
  gameId,
  depot: 'linux',
  buildId: 4,
  manifest: { sha256: 'ab'.repeat(32), sizeBytes: 100 },
};
const stranger = createTrustSigner(Buffer.alloc(32, 9));

/** A service in memory; `refuse` makes it answer that somebody was quicker. */
function open(start: Partial<GameTrust> = {}) {
  let trust: GameTrust = { organisationId: 'studio', keys: [], document: null, targets: null, ...start };
  const state = { refuse: 0, sent: [] as string[] };
  const api = {
    gameTrust: async () => trust,
    changeGameKeys: async ({ body }: { body: { keys: string[] } }) => {
      trust = { ...trust, keys: body.keys };
    },
    publishGame: async ({ body }: { body: { document: string } }) => {
      if (state.refuse > 0) {
        state.refuse -= 1;
        throw repositoryErrors.error('SIGNING_VERSION_CONFLICT', { role: 'game', offered: 1, current: 1 });
      }
      state.sent.push(body.document);
      trust = { ...trust, document: body.document };
      return { channels: [] };
    },
  };
  const context: SigningContext = { ...testSigning(api as never), api: api as never };
  return { context, state };
}

function readVersion(document: string | undefined): number {
  return parseTrustDocument('targets', Buffer.from(document ?? '')).signed.version;
}

test('the first record names this machine’s key, and each follows the one before it', async () => {
  const { context, state } = open();
  await signGame(context, gameId, (targets) => withChannel(targets, 'stable', build));
  await signGame(context, gameId, (targets) => withChannel(targets, 'beta', build));
  expect(state.sent.map(readVersion)).toEqual([1, 2]);
  const { signed } = parseTrustDocument('targets', Buffer.from(state.sent[1] ?? ''));
  expect(Object.keys(signed.targets)).toHaveLength(3);
});

test('somebody who was quicker is followed; after five times the conflict is told', async () => {
  const { context, state } = open();
  state.refuse = 3;
  await signGame(context, gameId, (targets) => withBuild(targets, build));
  expect(state.sent).toHaveLength(1);
  state.refuse = 5;
  await expect(signGame(context, gameId, (targets) => targets)).rejects.toMatchObject({
    code: 'SIGNING_VERSION_CONFLICT',
  });
});

test('builds that a service made up are not signed: its record bears a key nobody here knows', async () => {
  const [own] = await testSigning({} as never).keys.list();
  const madeUp = signRecord(gameId, undefined, withBuild({}, build), stranger).toString();
  const keys = [own?.public ?? '', stranger.key.keyval.public];
  const { context, state } = open({ keys, document: madeUp });
  await expect(checkSigning(context, gameId)).rejects.toMatchObject({ code: 'CLI_KEY_STRANGER' });
  await expect(signGame(context, gameId, (targets) => targets)).rejects.toMatchObject({
    code: 'CLI_KEY_STRANGER',
  });
  expect(state.sent).toEqual([]);
});

test('a record that is none of this game, or altered, is not built upon', async () => {
  const [own] = await testSigning({} as never).keys.list();
  const signer = await testSigning({} as never).keys.open(own as NonNullable<typeof own>);
  const keys = [signer.key.keyval.public];
  const good = signRecord(gameId, undefined, withBuild({}, build), signer).toString();
  const delegating = signDocument<'targets'>(
    composeTargets('studio', { version: 1, expiresMs: Date.now() + 1e9 }, new Map()),
    [signer],
  ).toString();
  const other = signRecord('orrery', undefined, {}, signer).toString();
  for (const [document, code] of [
    [good.replace('"buildId":4', '"buildId":5'), 'TRUST_SIGNATURE_WRONG'],
    [other, 'TRUST_WRONG_SCOPE'],
    [delegating, 'TRUST_WRONG_SCOPE'],
    [good.slice(1), 'TRUST_DOCUMENT_INVALID'],
  ] as const) {
    await expect(checkSigning(open({ keys, document }).context, gameId)).rejects.toMatchObject({ code });
  }
});

test('without any of the game’s keys nothing is uploaded', async () => {
  const { context } = open({ keys: [stranger.key.keyval.public] });
  await expect(checkSigning(context, gameId)).rejects.toMatchObject({ code: 'CLI_KEY_MISSING' });
});
