import { Command } from 'commander';
import { AppError } from '../../../patcher/errors.ts';
import { describeError } from '../../../patcher/terminal/error-text.ts';
import { exitCodeOf, exitCodes } from '../../../patcher/terminal/exit-codes.ts';
import { assertCryptoWorks, type CryptoPrimitive } from '../../../patcher/trust/crypto-self-test.ts';
import type { CliContext, CommonOptions, OfflineContext } from './context.ts';
import { DEFAULT_SERVER } from '../account/default-server.ts';
import { createOutput } from './output.ts';
import { publisherErrors } from '../publisher-errors.ts';

/** The words of a verb of the command line. */
interface VerbWords {
  readonly name: string;
  readonly summary: string;
  /** Long text of `--help`. */
  readonly help: string;
  readonly examples: readonly string[];
  readonly arguments?: readonly (readonly [name: string, description: string])[];
  readonly options?: readonly (readonly [flags: string, description: string, initial?: string])[];
  /** What is tested before it runs, where that is not everything: verbs that may have little to do test what they use. */
  readonly reliesOn?: readonly CryptoPrimitive[];
}

type Run<Context, Options> = (context: Context, options: Options, ...args: string[]) => Promise<void>;

/** One verb: its words, and what it does once they are understood. */
export type Verb<Options extends CommonOptions> = VerbWords &
  (
    | { readonly online?: true; readonly run: Run<CliContext, Options> }
    /** Needs no service; what speaks to one is not even loaded. */
    | { readonly online: false; readonly run: Run<OfflineContext, Options> }
  );

/** Add a verb to the program, with the options every verb has. */
export function addVerb<Options extends CommonOptions>(program: Command, verb: Verb<Options>): void {
  const command = new Command(verb.name)
    .summary(verb.summary)
    .description(`${verb.summary}\n\n${joinLines(verb.help)}`);
  for (const [name, description] of verb.arguments ?? []) command.argument(name, description);
  for (const [flags, description, initial] of verb.options ?? []) command.option(flags, description, initial);
  command.option('--json', 'print the result as one JSON line');
  command.option('--quiet', 'no progress and no remarks');
  if (verb.online !== false) {
    command.option(
      '--server <url>',
      `the service (or GANTRY_SERVER; default: where you are signed in, else ${DEFAULT_SERVER})`,
    );
  }
  command.addHelpText('after', `\nExamples:\n${verb.examples.map((example) => `  ${example}`).join('\n')}`);
  command.action(async (...values: unknown[]) => {
    // commander passes the arguments, then the options, then the command itself.
    const options = values.at(-2) as Options;
    const args = values.slice(0, -2) as string[];
    await runVerb(verb, options, args);
  });
  program.addCommand(command);
}

/** Paragraphs as one line each, which commander breaks where the terminal ends. */
function joinLines(help: string): string {
  return help.replaceAll(/(?<!\n)\n(?!\n)/g, ' ');
}

async function runVerb<Options extends CommonOptions>(
  verb: Verb<Options>,
  options: Options,
  args: readonly string[],
): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const offline: OfflineContext = { output: createOutput(options), signal: interrupted.signal };
    try {
      assertCryptoWorks(verb.reliesOn);
      if (verb.online === false) await verb.run(offline, options, ...args);
      else {
        const { createContext } = await import('./context.ts');
        await verb.run(await createContext(options, offline), options, ...args);
      }
    } finally {
      offline.output.progress.end();
    }
  } catch (error) {
    process.exitCode = reportError(error, options.json ?? false, interrupted.signal.aborted);
  } finally {
    process.removeListener('SIGINT', interrupt).removeListener('SIGTERM', interrupt);
  }
}

/** Say what went wrong; @returns the exit code. */
function reportError(error: unknown, json: boolean, interrupted: boolean): number {
  if (interrupted && !(error instanceof AppError)) {
    if (json) writeErrorLine(publisherErrors.error('CLI_CANCELLED'));
    process.stderr.write('Cancelled. Run the same command again; push and apply go on where they stopped.\n');
    return exitCodes.cancelled;
  }
  if (!(error instanceof AppError)) throw error;
  if (json) writeErrorLine(error);
  process.stderr.write(`Error: ${describeError(error)}`);
  return exitCodeOf(error);
}

function writeErrorLine(error: AppError): void {
  process.stdout.write(`${JSON.stringify({ ok: false, error: error.toData() })}\n`);
}
