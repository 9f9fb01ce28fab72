import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { composeTargets, gameKeysOf } from '../../../patcher/trust/compose-documents.ts';
import { signDocument } from '../../../patcher/trust/sign-document.ts';
import { parseTrustDocument } from '../../../patcher/trust/trust-document.ts';
import { toTrustKey, type TrustSigner } from '../../../patcher/trust/trust-key.ts';
import { gameIdSchema, organisationIdSchema, publicKeySchema } from '../../api/contract.ts';
import { type KeyFile, parseKeyFile } from '../../trust/key-file.ts';
import { publisherErrors } from '../publisher-errors.ts';

const requestSchema = z.strictObject({
  format: z.literal('gantry-key-request'),
  version: z.literal(1),
  organisationId: organisationIdSchema,
  gameId: gameIdSchema,
  keys: z.array(publicKeySchema).min(1).max(8),
  /** The organisation's targets record as it is now. */
  targets: z.string().nullable(),
  /** The game's next record, signed by the new key. */
  document: z.string().nullable(),
});
/** What a publisher sends to the operator to have a game handed to another key. */
export type KeyRequest = z.infer<typeof requestSchema>;

const approvalSchema = z.strictObject({
  format: z.literal('gantry-approval'),
  organisationId: organisationIdSchema,
  targets: z.string(),
  documents: z.record(gameIdSchema, z.string()),
});
/** The same as the operator signed it, for the service. */
export type Approval = z.infer<typeof approvalSchema>;

const LIFETIME_MS = 365 * 86_400_000;

/** Sign the targets record that hands the requested game to the requested keys and leaves all others as they are. */
export function approveRequest(request: KeyRequest, signer: TrustSigner): Approval {
  const { organisationId, gameId, keys, targets, document } = request;
  const before = targets === null ? undefined : parseTrustDocument('targets', Buffer.from(targets)).signed;
  const games = before === undefined ? new Map() : gameKeysOf(before);
  games.set(gameId, keys.map(toTrustKey));
  const terms = { version: (before?.version ?? 0) + 1, expiresMs: Date.now() + LIFETIME_MS };
  const signed = signDocument<'targets'>(composeTargets(organisationId, terms, games), [signer]);
  return {
    format: 'gantry-approval',
    organisationId,
    targets: signed.toString(),
    documents: document === null ? {} : { [gameId]: document },
  };
}

/** @throws {AppError} `CLI_SIGNED_FILE_INVALID` */
export async function readRequest(file: string): Promise<KeyRequest> {
  return parse(requestSchema, await read(file), file);
}

/** @throws {AppError} `CLI_SIGNED_FILE_INVALID` */
export function readApproval(text: string, file: string): Approval {
  return parse(approvalSchema, text, file);
}

/** @throws {AppError} `CLI_SIGNED_FILE_INVALID`, `KEY_FILE_INVALID` */
export async function readKeyFile(file: string): Promise<KeyFile> {
  return parseKeyFile(await read(file), file);
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw publisherErrors.error('CLI_SIGNED_FILE_INVALID', { file, reason: 'it cannot be read' }, cause);
  }
}

function parse<Value>(schema: z.ZodType<Value>, text: string, file: string): Value {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw publisherErrors.error('CLI_SIGNED_FILE_INVALID', { file, reason: 'it has another form' }, cause);
  }
}
