import type { AppError } from '../errors.ts';

/**
 * An error for a person at a terminal: what happened, what to do, its code.
 * Names in it may come from anywhere, so control characters are shown, not obeyed.
 */
export function describeError(error: Pick<AppError, 'message' | 'next' | 'code'>): string {
  return `${showControls(error.message)}\n${showControls(error.next)}\n(${error.code})\n`;
}

/** What commander says of a command line it cannot read, without its prefix and its line breaks. */
export function reasonOf({ message }: Error): { reason: string } {
  return { reason: message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ') };
}

function showControls(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
