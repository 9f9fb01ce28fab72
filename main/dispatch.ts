import type { z } from 'zod';
import { describeProblems } from '../patcher/input-problems.ts';
import { type Answer, type Failure, type RequestName, requests } from '../preload/contract.ts';
import { launcherErrors } from './launcher-errors.ts';

/** What does the work of each request: argument in, result out, both already of the contract's types. */
export type RequestHandlers = {
  readonly [Name in RequestName]: (
    argument: z.output<(typeof requests)[Name]['argument']>,
  ) => Promise<z.input<(typeof requests)[Name]['result']>>;
};

/** No request of the contract comes near this; measured on the argument's JSON. */
export const ARGUMENT_MAX_BYTES = 256 * 1024;

/**
 * The one way in: known name, bounded size, schema of the argument, then the handler, then schema of the result.
 * Nothing is thrown: a failure is data.
 */
export function createDispatcher(
  handlers: RequestHandlers,
  ports: {
    readonly diagnose: (error: unknown) => Promise<Failure>;
    readonly onFault: (name: string, error: unknown) => void;
  },
): (name: string, argument: unknown) => Promise<Answer<unknown>> {
  return async (name, argument) => {
    try {
      if (!isRequestName(name))
        throw launcherErrors.error('LAUNCHER_REQUEST_UNKNOWN', { name: name.slice(0, 64) });
      const parsed = parseArgument(name, argument);
      const handler = handlers[name] as (argument: unknown) => Promise<unknown>;
      // A result that does not fit is our own mistake; it must not reach a renderer that trusts the contract.
      return { ok: true, value: requests[name].result.parse(await handler(parsed)) };
    } catch (error) {
      const failure = await ports.diagnose(error);
      if (failure.code === 'LAUNCHER_FAULT') ports.onFault(name, error);
      return { ok: false, error: failure };
    }
  };
}

function isRequestName(name: string): name is RequestName {
  return Object.hasOwn(requests, name);
}

function parseArgument(name: RequestName, argument: unknown): unknown {
  const sizeBytes = Buffer.byteLength(JSON.stringify(argument ?? {}));
  if (sizeBytes > ARGUMENT_MAX_BYTES) throw launcherErrors.error('LAUNCHER_REQUEST_TOO_LARGE', { name });
  const parsed = requests[name].argument.safeParse(argument ?? {});
  if (parsed.success) return parsed.data;
  throw launcherErrors.error('LAUNCHER_REQUEST_INVALID', { name, reason: describeProblems(parsed.error) });
}
