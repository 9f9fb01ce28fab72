import type { AppError } from '../errors.ts';

/** What is known of an error beyond itself. */
export interface ErrorBackground {
  /** '' for nothing. */
  readonly cause: string;
  readonly findings: readonly string[];
  /** '' for none. */
  readonly supportCode: string;
}

/**
 * An error for a person at a terminal: what happened and why, what was found, what to do, its code.
 * Names in it may come from anywhere, so control characters are shown, not obeyed.
 */
export function describeError(
  { message, next, code }: Pick<AppError, 'message' | 'next' | 'code'>,
  background: ErrorBackground = { cause: '', findings: [], supportCode: '' },
): string {
  const { cause, findings, supportCode } = background;
  const codes = supportCode === '' ? code : `${code}, support code ${supportCode}`;
  const why = cause === '' ? [] : [cause];
  const lines = [message, ...why, ...findings.map((finding) => `  ${finding}`), next, `(${codes})`];
  return lines.map((line) => `${showControls(line)}\n`).join('');
}

/** What commander, a parser or the system says of what they cannot read, without its prefix and its line breaks. */
export function reasonOf(error: unknown): { reason: string } {
  const message = error instanceof Error ? error.message : String(error);
  return { reason: message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ') };
}

function showControls(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
