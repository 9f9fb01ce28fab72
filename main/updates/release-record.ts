import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';
import { describeProblems } from '../../patcher/input-problems.ts';
import { launcherErrors } from '../launcher-errors.ts';

const versionSchema = z.string().regex(/^(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})\.(?:0|[1-9]\d{0,8})$/);

/**
 * What the maker of the launcher says of one release: `release-<version>.json` beside the feed's files,
 * with the Ed25519 signature of its bytes, base64, in `release-<version>.json.sig`.
 * TLS and the feed are not trusted; only this is.
 */
export const releaseRecordSchema = z
  .object({
    product: z.literal('gantry-launcher'),
    version: versionSchema,
    /** The oldest launcher that may update straight to this one. */
    minimumVersion: versionSchema,
    /** Share of launchers that may take it, 0 to 100. */
    rolloutPercent: z.number().int().min(0).max(100),
    notes: z.string().max(20_000),
    files: z
      .array(
        z.object({
          name: z.string().regex(/^[\w.+-]{1,200}$/),
          sizeBytes: z.number().int().positive(),
          /** 128 hex digits. */
          sha512: z.string().regex(/^[0-9a-f]{128}$/),
        }),
      )
      .min(1)
      .max(64),
  })
  .strict();
export type ReleaseRecord = z.infer<typeof releaseRecordSchema>;

export interface SignedRecord {
  readonly bytes: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** A record with its notes is a few kilobytes. */
export const RECORD_MAX_BYTES = 256 * 1024;
const SIGNATURE_BYTES = 64;

/**
 * Check a record's signature over its raw bytes, then read it.
 * @param keys Raw Ed25519 public keys (32 bytes each); two are live while one is rotated.
 * @throws {AppError} `UPDATE_RECORD_UNTRUSTED`, `UPDATE_RECORD_INVALID`.
 */
export function readReleaseRecord(signed: SignedRecord, keys: readonly Uint8Array[]): ReleaseRecord {
  const trusted =
    signed.signature.length === SIGNATURE_BYTES &&
    signed.bytes.length <= RECORD_MAX_BYTES &&
    keys.some((key) => verify(null, signed.bytes, toPublicKey(key), signed.signature));
  if (!trusted) throw launcherErrors.error('UPDATE_RECORD_UNTRUSTED');
  return parseRecord(signed.bytes);
}

function parseRecord(bytes: Uint8Array): ReleaseRecord {
  let raw: unknown;
  try {
    raw = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw launcherErrors.error('UPDATE_RECORD_INVALID', { reason: 'it is not JSON' }, cause);
  }
  const parsed = releaseRecordSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw launcherErrors.error('UPDATE_RECORD_INVALID', { reason: describeProblems(parsed.error) });
}

function toPublicKey(raw: Uint8Array): KeyObject {
  const x = Buffer.from(raw).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

/** Negative, zero or positive as `a` is older than, equal to or newer than `b`. Both are `x.y.z`; anything after it does not count. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(/[.+-]/).slice(0, 3).map(Number));
  for (let part = 0; part < 3; part += 1) {
    const difference = (left?.[part] ?? 0) - (right?.[part] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
