import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { isResource } from './resource-pattern.ts';

/** CloudFront's times are 32-bit; a value in milliseconds is the usual mistake, and malformed. */
const EPOCH_MAX = 2_147_483_647;

const epochSchema = z.strictObject({ 'AWS:EpochTime': z.int().min(1).max(EPOCH_MAX) });

/** One IPv4 address or CIDR range. */
const rangeSchema = z.string().refine((range) => {
  const [address = '', mask = '32', ...rest] = range.split('/');
  return isIPv4(address) && /^\d{1,2}$/.test(mask) && Number(mask) <= 32 && rest.length === 0;
});

const policySchema = z.strictObject({
  Statement: z.tuple([
    z.strictObject({
      // CloudFront lets it be missing, and the policy then opens everything; the signer refuses to make one.
      Resource: z.string().refine(isResource).optional(),
      Condition: z.strictObject({
        DateLessThan: epochSchema,
        DateGreaterThan: epochSchema.optional(),
        IpAddress: z.strictObject({ 'AWS:SourceIp': rangeSchema }).optional(),
      }),
    }),
  ]),
});

/** A policy's conditions, canned or custom. Times are epoch seconds. */
export interface Policy {
  /** The bytes the signature covers. */
  readonly signedText: Buffer;
  readonly resource: string | undefined;
  readonly expires: number;
  readonly notBefore: number | undefined;
  readonly sourceIp: string | undefined;
}

/** CloudFront's own base64: `+=/` became `-_~`. `undefined` for anything else. */
export function decodeUrlBase64(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9~-]+_{0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  return Buffer.from(text.replaceAll('-', '+').replaceAll('~', '/').replaceAll('_', '='), 'base64');
}

/** `undefined` when CloudFront would answer `MalformedPolicy`. */
export function parseCustomPolicy(encoded: string): Policy | undefined {
  const signedText = decodeUrlBase64(encoded);
  if (!signedText) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(signedText.toString('utf8'));
  } catch {
    return undefined;
  }
  const parsed = policySchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { Resource, Condition } = parsed.data.Statement[0];
  return {
    signedText,
    resource: Resource,
    expires: Condition.DateLessThan['AWS:EpochTime'],
    notBefore: Condition.DateGreaterThan?.['AWS:EpochTime'],
    sourceIp: Condition.IpAddress?.['AWS:SourceIp'],
  };
}

/** The policy that `Expires` stands for: byte for byte what the signer signed. `undefined` when malformed. */
export function cannedPolicy(url: string, expires: string): Policy | undefined {
  if (!/^[1-9]\d{0,9}$/.test(expires) || Number(expires) > EPOCH_MAX) return undefined;
  const condition = `{"DateLessThan":{"AWS:EpochTime":${expires}}}`;
  // The URL is put in as it is, unescaped: the same bytes as `JSON.stringify` for every URL in normal form.
  const text = `{"Statement":[{"Resource":"${url}","Condition":${condition}}]}`;
  return {
    signedText: Buffer.from(text),
    resource: undefined,
    expires: Number(expires),
    notBefore: undefined,
    sourceIp: undefined,
  };
}

/** Whether an IPv4 address lies in a range; anything that is not IPv4 does not. */
export function isInRange(address: string, range: string): boolean {
  if (!isIPv4(address)) return false;
  const [base = '', mask = '32'] = range.split('/');
  const bits = Number(mask);
  // A shift by 32 is a shift by 0 in JavaScript.
  const keep = bits === 0 ? 0 : (~0 << (32 - bits)) >>> 0;
  return (toNumber(address) & keep) === (toNumber(base) & keep);
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0) | 0;
}
