import { formatBytes } from './terminal/quantities.ts';

/** The families every expected failure belongs to; a family decides the CLI's exit code and the API's status. */
export type ErrorFamily =
  | 'input'
  | 'network'
  | 'storage'
  | 'integrity'
  | 'format'
  | 'auth'
  | 'not-found'
  | 'conflict'
  | 'limit'
  | 'unavailable'
  | 'cancelled';

/** What is known of a code before it happens. `docs/errors.md` is generated from these. */
export interface ErrorSpec {
  readonly family: ErrorFamily;
  /** One plain sentence for a person; `{name}` is replaced by the detail of that name, `{someBytes}` as people read it: 1.2 GB. */
  readonly sentence: string;
  /** What to do next, as one plain sentence. */
  readonly next: string;
}

export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** An error as data, for the edge of a process: IPC, HTTP, `--json`. */
export interface ErrorData {
  readonly code: string;
  readonly family: ErrorFamily;
  readonly message: string;
  readonly next: string;
  readonly details: ErrorDetails;
}

/**
 * The one root of expected errors: a stable `code`, facts in `details`, and the `cause`.
 * Thrown inside a process, turned into {@link ErrorData} at its edge.
 */
export class AppError extends Error {
  readonly code: string;
  readonly family: ErrorFamily;
  readonly next: string;
  readonly details: ErrorDetails;

  constructor(data: ErrorData, options?: ErrorOptions) {
    super(data.message, options);
    this.name = 'AppError';
    this.code = data.code;
    this.family = data.family;
    this.next = data.next;
    this.details = data.details;
  }

  toData(): ErrorData {
    const { code, family, message, next, details } = this;
    return { code, family, message, next, details };
  }
}

/** A table of codes and the function that makes an error of one of them. */
export interface ErrorCatalogue<Code extends string> {
  readonly specs: Readonly<Record<Code, ErrorSpec>>;
  readonly error: (code: Code, details?: ErrorDetails, cause?: unknown) => AppError;
}

/**
 * Declare a module's error codes.
 * @param specs Code → family, sentence, next step. Codes are API: never renamed, never reused.
 */
export function defineErrors<const Code extends string>(
  specs: Readonly<Record<Code, ErrorSpec>>,
): ErrorCatalogue<Code> {
  return {
    specs,
    error: (code, details = {}, cause) => {
      const spec = specs[code];
      const message = fillSentence(spec.sentence, details);
      return new AppError(
        { code, family: spec.family, message, next: fillSentence(spec.next, details), details },
        cause === undefined ? undefined : { cause },
      );
    },
  };
}

function fillSentence(sentence: string, details: ErrorDetails): string {
  return sentence.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = details[name];
    if (typeof value === 'number' && name.endsWith('Bytes')) return formatBytes(value);
    return value === undefined || value === null ? whole : String(value);
  });
}

/** True for an error that carries this code. */
export function hasCode(error: unknown, code: string): error is AppError {
  return error instanceof AppError && error.code === code;
}
