import { hash, verify } from '@node-rs/argon2';
import { serviceErrors } from '../errors.ts';

/** Argon2id with OWASP's and ASVS appendix C's parameters for one pass: 46 MiB, t=1, p=1. */
const PARAMETERS = { memoryCost: 47_104, timeCost: 1, parallelism: 1 } as const;
/** About 70 ms of one core each; more at once would starve the other routes. */
const CONCURRENT_MAX = 3;
/** Two seconds of work: who comes later is told to come back rather than made to wait. */
const QUEUE_MAX = 50;

export interface Passwords {
  /** @throws {AppError} `SERVICE_BUSY` when too many wait. */
  readonly hash: (password: string) => Promise<string>;
  /** Takes as long for `undefined` (no such account) as for a real hash. @throws {AppError} `SERVICE_BUSY` */
  readonly verify: (passwordHash: string | undefined, password: string) => Promise<boolean>;
  /** True for a hash made with other parameters, to be replaced at the next sign-in. */
  readonly needsRehash: (passwordHash: string) => boolean;
}

/** Password hashing with bounded concurrency. */
export function createPasswords(): Passwords {
  const gate = createGate(CONCURRENT_MAX, QUEUE_MAX);
  // Compared against where there is no account, so that both cases cost the same.
  const decoy = gate(() => hash('no account has this password', PARAMETERS));
  return {
    hash: (password) => gate(() => hash(password, PARAMETERS)),
    verify: async (passwordHash, password) => {
      const compared = passwordHash ?? (await decoy);
      const matches = await gate(() => verify(compared, password));
      return matches && passwordHash !== undefined;
    },
    needsRehash: (passwordHash) =>
      !passwordHash.startsWith(
        `$argon2id$v=19$m=${PARAMETERS.memoryCost},t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$`,
      ),
  };
}

/** Runs at most `concurrentMax` at once, lets `queueMax` wait, and refuses the rest. */
export function createGate(concurrentMax: number, queueMax: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= concurrentMax) {
      if (waiting.length >= queueMax) throw serviceErrors.error('SERVICE_BUSY');
      // Whoever finishes hands its place over, so `running` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
