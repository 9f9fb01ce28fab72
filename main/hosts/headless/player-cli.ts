import { Command, CommanderError } from 'commander';
import { describeError, reasonOf } from '../../../patcher/terminal/error-text.ts';
import { exitCodeOf, exitCodes, exitCodesHelp } from '../../../patcher/terminal/exit-codes.ts';
import { explainUsageErrors } from '../../../patcher/terminal/usage-errors.ts';
import type { Failure } from '../../../preload/contract.ts';
import { toAppError, toFailure } from '../../failure.ts';
import { readAppVersion } from '../app-version.ts';
import { accountCommands } from './account-commands.ts';
import { installCommands } from './install-commands.ts';
import { queueCommands } from './queue-commands.ts';
import { settingsCommand } from './settings-command.ts';
import { playCommands } from './play-commands.ts';
import { playerErrors } from './player-errors.ts';
import type { PlayerOptions, PlayerStreams } from './player-context.ts';

/** How a command speaks: one JSON line for scripts, or sentences for people. */
export interface PlayerOutput {
  readonly result: (value: Readonly<Record<string, unknown>>, lines: readonly string[]) => void;
}

/** What every command gets besides its own arguments. */
export interface CommandScope {
  readonly streams: PlayerStreams;
  readonly options: PlayerOptions;
  readonly output: PlayerOutput;
  /** Aborted by Ctrl-C and by being asked to end. */
  readonly signal: AbortSignal;
  /** What the command works on, and what was found out when it failed. */
  readonly trouble: Trouble;
}

export interface Trouble {
  /** The install's folder, once it is known. */
  folder: string | undefined;
  failure: Failure | undefined;
}

/** Wraps a command's work so that it gets its scope. */
export type Act = <Arguments extends readonly unknown[]>(
  work: (scope: CommandScope, ...values: Arguments) => Promise<void>,
) => (...values: Arguments) => Promise<void>;

const EXAMPLES = `
Examples:
  gantry-player login --server http://127.0.0.1:7420 --email ada@example.com
  gantry-player list
  gantry-player install skylark --channel beta --dir ~/Games/skylark
  gantry-player update skylark --json
  gantry-player policy skylark scheduled && gantry-player settings hours 02:00-06:00
  gantry-player queue move skylark 1 && gantry-player queue resume
  gantry-player verify skylark && gantry-player play skylark
  gantry-player move skylark /mnt/big/skylark
  gantry-player adopt skylark ~/old-drive/Skylark --plan
  gantry-player rollback skylark
  echo "$PASSWORD" | gantry-player login --email ada@example.com --password-stdin

Environment:
  GANTRY_HOME      the profile's folder    GANTRY_SERVER    the service
  GANTRY_EMAIL     for login               GANTRY_PASSWORD  for login

${exitCodesHelp}`;

/** What signing in mends; a window has a form for it. */
const SIGN_IN_CODES = new Set(['SESSION_SIGNED_OUT', 'SESSION_EXPIRED']);

/**
 * Run one command of `gantry-player`.
 * Results go to stdout (`--json`: one line, errors too), progress and errors for people to stderr.
 * @returns The exit code.
 */
export async function runPlayerCli(args: readonly string[], streams: PlayerStreams): Promise<number> {
  const interrupt = listenForInterrupt();
  let json = false;
  let exitCode: number = exitCodes.ok;
  const trouble: Trouble = { folder: undefined, failure: undefined };
  const program = new Command('gantry-player')
    .description('Install, update, verify, repair and play your games from the command line.')
    .version(readAppVersion())
    .option('--server <url>', 'the service (or GANTRY_SERVER; default: where you are signed in)')
    .option('--json', 'one JSON line on stdout, for scripts')
    .option('--quiet', 'no progress')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => streams.stdout.write(text),
      writeErr: (text) => streams.stderr.write(text),
    });

  const act: Act =
    (work) =>
    async (...values) => {
      const options = program.opts<PlayerOptions>();
      json = options.json === true;
      const output: PlayerOutput = {
        result: (value, lines) => {
          streams.stdout.write(json ? `${JSON.stringify(value)}\n` : `${lines.join('\n')}\n`);
        },
      };
      await work({ streams, options, output, trouble, signal: interrupt.signal }, ...values);
    };
  const fail = (code: number) => {
    exitCode = code;
  };
  accountCommands(program, act);
  installCommands(program, act, fail);
  queueCommands(program, act, fail);
  settingsCommand(program, act);
  playCommands(program, act, fail);
  for (const command of program.commands) shareOptions(command);
  explainUsageErrors(program);

  try {
    await program.parseAsync(hoistGlobalOptions(args), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.ok;
      // commander has said on stderr what is wrong with the words.
      if (args.includes('--json'))
        writeErrorLine(streams, toFailure(playerErrors.error('PLAYER_USAGE', reasonOf(error))));
      return exitCodes.usage;
    }
    if (interrupt.signal.aborted) {
      if (json) writeErrorLine(streams, toFailure(playerErrors.error('PLAYER_CANCELLED')));
      else streams.stderr.write('Cancelled. Run the same command again to go on.\n');
      return exitCodes.cancelled;
    }
    reportError(streams, error, { json, failure: trouble.failure ?? toFailure(error) });
    return exitCodeOf(error);
  } finally {
    interrupt.stop();
  }
}

/** `gantry-player list --json` reads as well as `gantry-player --json list`; commander wants the latter. */
function hoistGlobalOptions(args: readonly string[]): string[] {
  const global: string[] = [];
  const rest: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const argument = args[index] ?? '';
    if (argument === '--') {
      rest.push(...args.slice(index));
      break;
    }
    if (argument === '--json' || argument === '--quiet' || argument.startsWith('--server=')) {
      global.push(argument);
    } else if (argument === '--server') {
      global.push(argument, ...args.slice(index + 1, index + 2));
      index += 1;
    } else rest.push(argument);
  }
  return [...global, ...rest];
}

function shareOptions(command: Command): void {
  command.addHelpText('after', '\nEvery command also takes --server, --json and --quiet.');
}

/** With `--json` every ending is one line on stdout. */
function writeErrorLine(streams: PlayerStreams, failure: Failure): void {
  streams.stdout.write(`${JSON.stringify({ ok: false, error: failure })}\n`);
}

function reportError(
  streams: PlayerStreams,
  error: unknown,
  { json, failure }: { readonly json: boolean; readonly failure: Failure },
): void {
  const known = toAppError(error);
  if (json) writeErrorLine(streams, failure);
  const next = SIGN_IN_CODES.has(known.code) ? 'Run: gantry-player login' : failure.next;
  streams.stderr.write(describeError({ ...failure, next }, failure));
  if (known.code === 'LAUNCHER_FAULT' && known.cause instanceof Error) {
    streams.stderr.write(`${known.cause.stack ?? known.cause.message}\n`);
  }
}

/** The first Ctrl-C asks the command to stop where it can go on later; the second ends it as the system would. */
function listenForInterrupt(): { signal: AbortSignal; stop: () => void } {
  const abort = new AbortController();
  const onSignal = () => {
    stop();
    abort.abort();
  };
  const stop = () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return { signal: abort.signal, stop };
}
