import { createHash } from 'node:crypto';
import type { ErrorData } from '../../patcher/errors.ts';

/** Letters and digits that are not mistaken for each other when read over the phone. */
export const CODE_ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

/**
 * What a player tells support: the first half stands for the error's code, the second for its facts, so that the same
 * failure has the same code on every computer and the log can be searched for it.
 */
export function supportCodeOf({ code, details }: Pick<ErrorData, 'code' | 'details'>): string {
  return `GNT-${digest(code)}-${digest(`${code} ${JSON.stringify(details)}`)}`;
}

function digest(text: string): string {
  const bytes = createHash('sha256').update(text).digest();
  return [...bytes.subarray(0, 4)].map((byte) => CODE_ALPHABET.charAt(byte % CODE_ALPHABET.length)).join('');
}
