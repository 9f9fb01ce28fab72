import { hasCode } from '../../../patcher/errors.ts';
import { composeGameTargets } from '../../../patcher/trust/compose-documents.ts';
import { roleOfGame } from '../../../patcher/trust/game-targets.ts';
import { signDocument } from '../../../patcher/trust/sign-document.ts';
import {
  checkSignatures,
  parseTrustDocument,
  type SignedTargets,
  type TrustDocument,
} from '../../../patcher/trust/trust-document.ts';
import { keyIdOf, toTrustKey, type TrustSigner } from '../../../patcher/trust/trust-key.ts';
import { checkGameScope } from '../../../patcher/trust/update-repository.ts';
import type { ApiClient } from '../../api/client.ts';
import type { Channel, GameTrust } from '../../api/contract.ts';
import type { KeyFile } from '../../trust/key-file.ts';
import type { RecordTargets } from './game-record.ts';
import type { Output } from '../command/output.ts';
import { publisherErrors } from '../publisher-errors.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface SigningContext {
  readonly api: Pick<ApiClient, 'gameTrust' | 'publishGame' | 'changeGameKeys'>;
  readonly keys: SigningKeys;
  readonly output: Pick<Output, 'remark'>;
  readonly signal: AbortSignal;
}

/** What players go by for years, whether or not the publisher still releases; freshness is the timestamp's task. */
const RECORD_LIFETIME_MS = 3650 * 86_400_000;
/** Others of the same game may sign at the same moment; each try follows the newest record. */
const TRIES = 5;

/**
 * Change what a game's record says and sign it with this machine's key, which is made on the first push.
 * @param change From the targets of the newest record to those of the next; run again when somebody was quicker.
 * @throws {AppError} `CLI_KEY_*`, `SIGNING_*`, `TRUST_*`
 */
export async function signGame(
  context: SigningContext,
  gameId: string,
  change: (targets: RecordTargets) => RecordTargets,
): Promise<readonly Channel[]> {
  const { api, signal } = context;
  for (let attempt = 1; ; attempt++) {
    const trust = await api.gameTrust({ params: { gameId } }, { signal });
    const signer = await chooseSigner(context, gameId, trust);
    const record = await readOwnRecord(context, gameId, trust);
    const document = signRecord(gameId, record, change(record?.targets ?? {}), signer);
    try {
      const answer = await api.publishGame(
        { params: { gameId }, body: { document: document.toString() } },
        { signal },
      );
      return answer.channels;
    } catch (error) {
      if (!hasCode(error, 'SIGNING_VERSION_CONFLICT') || attempt === TRIES) throw error;
    }
  }
}

/**
 * Whether this machine could sign for a game, asked before hours of upload.
 * @throws {AppError} `CLI_KEY_MISSING`, `CLI_KEY_STRANGER`
 */
export async function checkSigning(
  context: Pick<SigningContext, 'api' | 'keys' | 'signal'>,
  gameId: string,
): Promise<void> {
  const { api, keys, signal } = context;
  const trust = await api.gameTrust({ params: { gameId } }, { signal });
  if (trust.keys.length === 0) return;
  await findSigningKey(keys, gameId, trust);
  await readOwnRecord(context, gameId, trust);
}

/** The record that follows another. */
export function signRecord(
  gameId: string,
  before: SignedTargets | undefined,
  targets: RecordTargets,
  signer: TrustSigner,
): Buffer {
  const terms = { version: (before?.version ?? 0) + 1, expiresMs: Date.now() + RECORD_LIFETIME_MS };
  return signDocument<'targets'>(composeGameTargets(gameId, terms, targets), [signer]);
}

/**
 * The game's newest record, believed only where a key this machine knows has signed it: a service that made up builds
 * would else have them signed by the next push.
 * @throws {AppError} `CLI_KEY_STRANGER`, `TRUST_*`
 */
export async function readOwnRecord(
  { keys }: Pick<SigningContext, 'keys'>,
  gameId: string,
  { document }: GameTrust,
): Promise<SignedTargets | undefined> {
  if (document === null) return undefined;
  const record = parseTrustDocument('targets', Buffer.from(document), roleOfGame(gameId));
  checkGameScope(record.signed, gameId);
  checkKnownSigner(record, gameId, await keys.list());
  return record.signed;
}

function checkKnownSigner(record: TrustDocument<'targets'>, gameId: string, known: readonly KeyFile[]): void {
  const keyids = record.signatures.map(({ keyid }) => keyid);
  const signers = known.filter(({ keyId }) => keyids.includes(keyId));
  const stranger = keyids.find((keyId) => !signers.some((one) => one.keyId === keyId));
  if (stranger !== undefined) throw publisherErrors.error('CLI_KEY_STRANGER', { gameId, keyId: stranger });
  const keys = Object.fromEntries(signers.map((one) => [one.keyId, toTrustKey(one.public)]));
  checkSignatures(record, roleOfGame(gameId), { keys, keyids, threshold: keyids.length });
}

/** The key that publishes the game from this machine; for a game without one, the machine's own is named. */
async function chooseSigner(context: SigningContext, gameId: string, trust: GameTrust): Promise<TrustSigner> {
  const { keys, api, signal } = context;
  if (trust.keys.length === 0) {
    const key = await provideKey(context);
    await api.changeGameKeys({ params: { gameId }, body: { keys: [key.public] } }, { signal });
    return await keys.open(key);
  }
  return await keys.open(await findSigningKey(keys, gameId, trust));
}

/** @throws {AppError} `CLI_KEY_MISSING` */
export async function findSigningKey(keys: SigningKeys, gameId: string, trust: GameTrust): Promise<KeyFile> {
  const usable = (await keys.list()).filter(({ private: half }) => half.kind !== 'none');
  const key = usable.toReversed().find((one) => trust.keys.includes(one.public));
  if (key !== undefined) return key;
  const keyIds = trust.keys.map((one) => keyIdOf(toTrustKey(one)).slice(0, 16)).join(', ');
  throw publisherErrors.error('CLI_KEY_MISSING', { gameId, keyIds });
}

/** This machine's newest key, made if there is none. */
async function provideKey({ keys, output }: SigningContext): Promise<KeyFile> {
  const own = (await keys.list()).filter(({ private: half }) => half.kind !== 'none');
  const newest = own.at(-1);
  if (newest !== undefined) return newest;
  const made = await keys.create({ name: 'publisher' });
  output.remark(
    `Made the key that signs your builds: ${keys.fileOf(made)}\n` +
      'Back it up: whoever has it can publish your games, and without it only the service’s operator can let you.',
  );
  return made;
}
