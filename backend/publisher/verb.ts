import { Command } from 'commander';
import { AppError } from '../../patcher/errors.ts';
import { describeError } from '../../patcher/terminal/error-text.ts';
import { exitCodeOf, exitCodes } from '../../patcher/terminal/exit-codes.ts';
import { type CliContext, type CommonOptions, createContext, DEFAULT_SERVER } from './context.ts';
import { publisherErrors } from './publisher-errors.ts';

/** One verb of the command line: its words, and what it does once its words are understood. */
export interface Verb<Options extends CommonOptions> {
  readonly name: string;
  readonly summary: string;
  /** Long text of `--help`. */
  readonly help: string;
  readonly examples: readonly string[];
  readonly arguments?: readonly (readonly [name: string, description: string])[];
  readonly options?: readonly (readonly [flags: string, description: string, initial?: string])[];
  /** False for verbs that need no service. */
  readonly online?: boolean;
  readonly run: (context: CliContext, options: Options, ...args: string[]) => Promise<void>;
}

/** Add a verb to the program, with the options every verb has. */
export function addVerb<Options extends CommonOptions>(program: Command, verb: Verb<Options>): void {
  const command = new Command(verb.name).summary(verb.summary).description(`${verb.summary}\n\n${verb.help}`);
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

async function runVerb<Options extends CommonOptions>(
  verb: Verb<Options>,
  options: Options,
  args: readonly string[],
): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    const context = await createContext(options, interrupted.signal);
    try {
      await verb.run(context, options, ...args);
    } finally {
      context.output.progress.end();
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
    process.stderr.write('Cancelled. Run the same command again to go on.\n');
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
