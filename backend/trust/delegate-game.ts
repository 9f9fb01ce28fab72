import { canonicalize } from '@tufjs/canonical-json';
import { composeTargets, gameKeysOf } from '../../patcher/trust/compose-documents.ts';
import { gameOfRole, roleOfGame } from '../../patcher/trust/game-targets.ts';
import { signDocument } from '../../patcher/trust/sign-document.ts';
import {
  checkSignatures,
  isGoodSignature,
  keysOfDelegation,
  keysOfRole,
  parseTrustDocument,
  type SignedRoot,
  type SignedTargets,
  type TrustDocument,
} from '../../patcher/trust/trust-document.ts';
import { trustErrors } from '../../patcher/trust/trust-errors.ts';
import { keyIdOf, toTrustKey } from '../../patcher/trust/trust-key.ts';
import type { DatabaseTransaction } from '../db/database.ts';
import { serviceErrors } from '../errors.ts';
import { announce, publishRepository, type TrustServices } from './announce.ts';
import { repositoryErrors } from './errors.ts';
import { checkLifetime, checkNext, takeGameRecord } from './publish-game.ts';
import { insertRecord, lockRepository, readRecord, readRoot } from './trust-store.ts';

/** Who publishes a game changes seldom; a year reminds the operator that somebody must still hold the key. */
const TARGETS_LIFETIME_MS = 365 * 86_400_000;

export interface KeyChange {
  readonly organisationId: string;
  readonly gameId: string;
  /** Public keys, 64 hex digits each; any of them publishes the game from now on. */
  readonly keys: readonly string[];
  /** The game's record signed by one of the new keys, where the old one would lose its signature. */
  readonly document: string | null;
  /** By a key that publishes the game now, over {@link keyChangeText}. Not needed where nobody does. */
  readonly proof: { readonly keyId: string; readonly sig: string } | null;
}

/** What a publisher signs to hand a game to other keys. */
export function keyChangeText({
  organisationId,
  gameId,
  keys,
}: Omit<KeyChange, 'document' | 'proof'>): Buffer {
  return Buffer.from(
    canonicalize({ purpose: 'gantry-key-change', organisationId, gameId, keys: [...keys].sort() }),
  );
}

/**
 * Give a game to keys: to the first who asks, or by whoever holds one of its keys. Only a service that was left the
 * targets key can do it; elsewhere the operator signs, see {@link takeDelegations}.
 * @throws {AppError} `SIGNING_*`, `TRUST_*`
 */
export async function changeGameKeys(services: TrustServices, change: KeyChange): Promise<void> {
  const { organisationId, gameId } = change;
  await services.database.transaction().execute(async (transaction) => {
    await lockRepository(transaction, organisationId);
    const root = await readRoot(transaction);
    const signer = services.signers.targets(root.signed);
    if (signer === undefined) throw repositoryErrors.error('SIGNING_DELEGATION_OFFLINE', { gameId });
    const before = await readRecord(transaction, organisationId, 'targets');
    if (before !== undefined) checkProof(before.signed, change);
    const games = before === undefined ? new Map() : gameKeysOf(before.signed);
    games.set(gameId, change.keys.map(toTrustKey));
    const terms = {
      version: (before?.signed.version ?? 0) + 1,
      expiresMs: services.now().getTime() + TARGETS_LIFETIME_MS,
    };
    const bytes = signDocument<'targets'>(composeTargets(organisationId, terms, games), [signer]);
    const documents = change.document === null ? {} : { [gameId]: change.document };
    await replaceTargets(transaction, services, { organisationId, root: root.signed, bytes, documents });
  });
  await publishRepository(services, organisationId);
}

function checkProof(targets: SignedTargets, change: KeyChange): void {
  const { gameId, proof } = change;
  const keys = gameKeysOf(targets).get(gameId);
  if (keys === undefined) return;
  const key = keys.find((one) => keyIdOf(one) === proof?.keyId);
  if (key === undefined || !isGoodSignature(key, keyChangeText(change), proof?.sig ?? '')) {
    throw repositoryErrors.error('SIGNING_KEY_REFUSED', { gameId });
  }
}

export interface Delegations {
  readonly organisationId: string;
  /** The next targets record, signed by the operator. */
  readonly targets: string;
  /** Records of games that go to other keys, by game. */
  readonly documents: Readonly<Record<string, string>>;
}

/** Take who may publish what from the operator, who signed it elsewhere. The signature is all the permission there is. */
export async function takeDelegations(services: TrustServices, delegations: Delegations): Promise<void> {
  const { organisationId, documents } = delegations;
  await services.database.transaction().execute(async (transaction) => {
    // Checked before anything is made or locked for it: anybody may send this.
    const root = await readRoot(transaction);
    const bytes = Buffer.from(delegations.targets);
    checkSignatures(parseTrustDocument('targets', bytes), 'targets', keysOfRole(root.signed, 'targets'));
    await checkOrganisation(transaction, organisationId);
    await lockRepository(transaction, organisationId);
    await replaceTargets(transaction, services, { organisationId, root: root.signed, bytes, documents });
  });
  await publishRepository(services, organisationId);
}

async function checkOrganisation(transaction: DatabaseTransaction, organisationId: string): Promise<void> {
  const found = await transaction
    .selectFrom('organisations')
    .select('organisationId')
    .where('organisationId', '=', organisationId)
    .executeTakeFirst();
  if (found === undefined) throw serviceErrors.error('NOT_FOUND', { what: 'organisation' });
}

interface NewTargets {
  readonly organisationId: string;
  readonly root: SignedRoot;
  readonly bytes: Buffer;
  readonly documents: Readonly<Record<string, string>>;
}

async function replaceTargets(
  transaction: DatabaseTransaction,
  services: TrustServices,
  { organisationId, root, bytes, documents }: NewTargets,
): Promise<void> {
  const next = parseTrustDocument('targets', bytes);
  const before = await readRecord(transaction, organisationId, 'targets');
  checkTargets(next, organisationId, root);
  checkNext('targets', next.signed.version, before?.signed.version ?? 0);
  checkLifetime('targets', next.signed.expires, services.now());
  await insertRecord(transaction, organisationId, {
    role: 'targets',
    version: next.signed.version,
    bytes: next.bytes,
  });
  const games = new Set([
    ...gameKeysOf(next.signed).keys(),
    ...(before ? gameKeysOf(before.signed).keys() : []),
  ]);
  for (const gameId of games) {
    await checkOwner(transaction, organisationId, gameId);
    const document = documents[gameId];
    if (document === undefined) await checkStillSigned(transaction, organisationId, next.signed, gameId);
    else {
      const publication = { organisationId, gameId, document: Buffer.from(document) };
      await takeGameRecord(transaction, services, next.signed, publication);
    }
  }
  await announce(transaction, services, organisationId, root);
}

function checkTargets(next: TrustDocument<'targets'>, organisationId: string, root: SignedRoot): void {
  checkSignatures(next, 'targets', keysOfRole(root, 'targets'));
  const { scope, targets } = next.signed;
  if (scope === organisationId && Object.keys(targets).length === 0) return;
  throw trustErrors.error('TRUST_WRONG_SCOPE', { role: 'targets', actual: scope, expected: organisationId });
}

/** An organisation's repository speaks for its own games. */
async function checkOwner(
  transaction: DatabaseTransaction,
  organisationId: string,
  gameId: string,
): Promise<void> {
  const game = await transaction
    .selectFrom('games')
    .select('gameId')
    .where('gameId', '=', gameId)
    .where('organisationId', '=', organisationId)
    .executeTakeFirst();
  if (game === undefined) throw trustErrors.error('TRUST_GAME_UNKNOWN', { gameId });
}

/** @throws {AppError} `SIGNING_RECORD_STRANDED` where the new keys did not sign what players have. */
async function checkStillSigned(
  transaction: DatabaseTransaction,
  organisationId: string,
  targets: SignedTargets,
  gameId: string,
): Promise<void> {
  const role = roleOfGame(gameId);
  const record = await readRecord(transaction, organisationId, role);
  if (record === undefined) return;
  try {
    checkSignatures(record, role, keysOfDelegation(targets, gameId));
  } catch (error) {
    throw repositoryErrors.error(
      'SIGNING_RECORD_STRANDED',
      { role: gameOfRole(role) ?? role, organisationId },
      error,
    );
  }
}
