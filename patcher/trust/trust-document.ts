import { verify } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import { z } from 'zod';
import { delegatedPaths, gameOfRole, parseTargetPath, SCOPE } from './game-targets.ts';
import { keyIdOf, toPublicKeyObject, type TrustKey } from './trust-key.ts';
import { trustErrors } from './trust-errors.ts';
import { DOCUMENT_BYTES_MAX, ENTRIES_MAX } from './trust-limits.ts';

export type RoleKind = 'root' | 'timestamp' | 'snapshot' | 'targets';

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const version = z.int().positive();
/** Builds of one manifest weigh 128 MiB at most, as the service takes them. */
const MANIFEST_BYTES_MAX = 128 * 1024 * 1024;

const keySchema = z.strictObject({
  keytype: z.literal('ed25519'),
  scheme: z.literal('ed25519'),
  keyval: z.strictObject({ public: hex64 }),
});
const keysSchema = record(hex64, keySchema).refine(
  (keys) => Object.entries(keys).every(([id, key]) => keyIdOf(key) === id),
  'a key has another id than its own',
);
const keyIdsSchema = z.array(hex64).min(1).max(16).refine(isDistinct, 'a key is named twice');
const roleSchema = z
  .strictObject({ keyids: keyIdsSchema, threshold: z.int().positive() })
  .refine(({ keyids, threshold }) => threshold <= keyids.length, 'a threshold cannot be met');

const common = {
  spec_version: z.string().regex(/^1\.0\.\d{1,4}$/),
  version,
  expires: z.iso.datetime({ precision: 0 }),
};
const metaSchema = z.strictObject({
  version,
  length: z.int().positive().max(DOCUMENT_BYTES_MAX.targets),
  hashes: z.strictObject({ sha256: hex64 }),
});
const targetSchema = z.strictObject({
  length: z.int().positive().max(MANIFEST_BYTES_MAX),
  hashes: z.strictObject({ sha256: hex64 }),
  custom: z.strictObject({ buildId: z.int32().positive() }),
});
const delegationSchema = z
  .strictObject({
    name: z.string(),
    keyids: keyIdsSchema,
    threshold: z.int().positive(),
    terminating: z.literal(true),
    paths: z.array(z.string()),
  })
  .refine(({ keyids, threshold }) => threshold <= keyids.length, 'a threshold cannot be met')
  // A role that signed for more than its own game could publish in another's name.
  .refine(
    ({ name, paths }) => paths.join() === delegatedPaths(gameOfRole(name) ?? '/').join(),
    'a role is given other paths than its game’s',
  );

/**
 * `scope` is our own field, as the framework lets repositories have: the organisation whose repository this is, or the
 * game whose targets these are. One operator's keys sign many repositories, and one publisher's many games; what was
 * signed for one must not pass for another.
 */
const scope = z.string().regex(SCOPE);

const signedSchemas = {
  root: z
    .strictObject({
      _type: z.literal('root'),
      ...common,
      consistent_snapshot: z.literal(true),
      keys: keysSchema,
      roles: z.strictObject({
        root: roleSchema,
        timestamp: roleSchema,
        snapshot: roleSchema,
        targets: roleSchema,
      }),
    })
    .refine(
      ({ keys, roles }) => Object.values(roles).every((role) => role.keyids.every((id) => id in keys)),
      'a role names a key that is not there',
    ),
  timestamp: z.strictObject({
    _type: z.literal('timestamp'),
    ...common,
    scope,
    meta: z.strictObject({ 'snapshot.json': metaSchema }),
  }),
  snapshot: z.strictObject({
    _type: z.literal('snapshot'),
    ...common,
    scope,
    meta: record(z.string().regex(/^(?:targets|game-[a-z0-9-]{1,64})\.json$/), metaSchema).refine(
      (meta) => 'targets.json' in meta,
      'targets are not named',
    ),
  }),
  targets: z
    .strictObject({
      _type: z.literal('targets'),
      ...common,
      scope,
      targets: record(
        z.string().refine((path) => parseTargetPath(path) !== undefined),
        targetSchema,
      ),
      delegations: z
        .strictObject({ keys: keysSchema, roles: z.array(delegationSchema).max(ENTRIES_MAX) })
        .optional(),
    })
    .refine(
      ({ delegations }) => isDistinct((delegations?.roles ?? []).map(({ name }) => name)),
      'a role twice',
    )
    .refine(
      ({ delegations }) =>
        (delegations?.roles ?? []).every((role) =>
          role.keyids.every((id) => id in (delegations?.keys ?? {})),
        ),
      'a role names a key that is not there',
    ),
} as const satisfies Record<RoleKind, z.ZodType>;

const signaturesSchema = z
  .array(z.strictObject({ keyid: hex64, sig: z.string().regex(/^[0-9a-f]{128}$/) }))
  .min(1)
  .max(16)
  .refine((all) => isDistinct(all.map(({ keyid }) => keyid)), 'a key signs twice');

export type SignedOf<Kind extends RoleKind> = z.infer<(typeof signedSchemas)[Kind]>;
export type SignedRoot = SignedOf<'root'>;
export type SignedTimestamp = SignedOf<'timestamp'>;
export type SignedSnapshot = SignedOf<'snapshot'>;
export type SignedTargets = SignedOf<'targets'>;
export type MetaEntry = z.infer<typeof metaSchema>;
export type ManifestTarget = z.infer<typeof targetSchema>;

/** A document in its one spelling, understood but not yet trusted. */
export interface TrustDocument<Kind extends RoleKind> {
  readonly kind: Kind;
  readonly bytes: Buffer;
  readonly signed: SignedOf<Kind>;
  readonly signatures: z.infer<typeof signaturesSchema>;
}

/**
 * Read a document. It must be canonical JSON, byte for byte, so that what was signed is what is read: no second
 * spelling, no duplicate names, nothing a later reader could take otherwise.
 * @param role How errors name it.
 * @throws {AppError} `TRUST_TOO_LARGE`, `TRUST_DOCUMENT_INVALID`
 */
export function parseTrustDocument<Kind extends RoleKind>(
  kind: Kind,
  bytes: Uint8Array,
  role: string = kind,
): TrustDocument<Kind> {
  const maxBytes = DOCUMENT_BYTES_MAX[kind];
  if (bytes.length > maxBytes) throw trustErrors.error('TRUST_TOO_LARGE', { role, maxBytes });
  const refuse = (reason: string, cause?: unknown) =>
    trustErrors.error('TRUST_DOCUMENT_INVALID', { role, reason }, cause);
  let json: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    json = JSON.parse(text);
  } catch (cause) {
    throw refuse('it is no JSON', cause);
  }
  const schema: z.ZodType<SignedOf<Kind>> = signedSchemas[kind] as never;
  const parsed = z.strictObject({ signatures: signaturesSchema, signed: schema }).safeParse(json);
  if (!parsed.success) throw refuse(explain(parsed.error));
  // The schemas let nothing through that they do not name, so this walks a small tree.
  if (canonicalize(parsed.data) !== text) throw refuse('it is not in canonical form');
  const { signed, signatures } = parsed.data;
  return { kind, bytes: Buffer.from(bytes), signed, signatures };
}

/** The keys of a role, by id, and how many must sign. */
export interface RoleKeys {
  readonly keys: Readonly<Record<string, TrustKey>>;
  readonly keyids: readonly string[];
  readonly threshold: number;
}

export function keysOfRole(root: SignedRoot, kind: RoleKind): RoleKeys {
  return { keys: root.keys, ...root.roles[kind] };
}

/** The keys a game's role was delegated to. @throws {AppError} `TRUST_GAME_UNKNOWN` */
export function keysOfDelegation(targets: SignedTargets, gameId: string): RoleKeys {
  const role = targets.delegations?.roles.find(({ name }) => gameOfRole(name) === gameId);
  if (role === undefined) throw trustErrors.error('TRUST_GAME_UNKNOWN', { gameId });
  return { keys: targets.delegations?.keys ?? {}, keyids: role.keyids, threshold: role.threshold };
}

/**
 * Check every signature under a document. The framework's own check counts the good ones and passes over the rest; an
 * honest document has no others, so a stranger's or a wrong one is refused.
 * @param further Keys that may sign too without counting: those of the root before.
 * @throws {AppError} `TRUST_KEY_UNKNOWN`, `TRUST_SIGNATURE_WRONG`, `TRUST_SIGNATURES_MISSING`
 */
export function checkSignatures(
  document: TrustDocument<RoleKind>,
  role: string,
  needed: RoleKeys,
  further?: RoleKeys,
): void {
  const signedBytes = Buffer.from(canonicalize(document.signed));
  let counted = 0;
  for (const { keyid, sig } of document.signatures) {
    const isNeeded = needed.keyids.includes(keyid);
    const key = isNeeded
      ? needed.keys[keyid]
      : further?.keyids.includes(keyid)
        ? further.keys[keyid]
        : undefined;
    if (key === undefined) throw trustErrors.error('TRUST_KEY_UNKNOWN', { role, keyId: keyid });
    if (!isGoodSignature(key, signedBytes, sig)) throw trustErrors.error('TRUST_SIGNATURE_WRONG', { role });
    if (isNeeded) counted += 1;
  }
  if (counted < needed.threshold) {
    throw trustErrors.error('TRUST_SIGNATURES_MISSING', { role, counted, threshold: needed.threshold });
  }
}

/** Whether a key made a signature over some bytes. A public key that is no point of the curve makes none. */
export function isGoodSignature(key: TrustKey, bytes: Uint8Array, sig: string): boolean {
  try {
    return verify(null, bytes, toPublicKeyObject(key), Buffer.from(sig, 'hex'));
  } catch {
    return false;
  }
}

function isDistinct(values: readonly string[]): boolean {
  return new Set(values).size === values.length;
}

/** An object with so many entries at most, counted before any of them is looked at. */
function record<Value extends z.ZodType>(key: z.core.$ZodRecordKey & z.ZodType<string>, value: Value) {
  return z
    .custom<unknown>((input) => isSmall(input), 'too many entries')
    .pipe(z.record(key, value) as z.ZodType<Record<string, z.output<Value>>>);
}

function isSmall(input: unknown): boolean {
  return typeof input === 'object' && input !== null && Object.keys(input).length <= ENTRIES_MAX + 1;
}

/** Where and what, never the offered text itself. */
function explain(error: z.ZodError): string {
  const [issue] = error.issues;
  const place = issue?.path.slice(0, 4).join('.').slice(0, 120) ?? '';
  return `${place === '' ? 'it' : place} has another form than it should (${issue?.code})`;
}
