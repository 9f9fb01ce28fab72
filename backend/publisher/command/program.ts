import { Command, CommanderError } from 'commander';
import packageJson from '../../../package.json' with { type: 'json' };
import { tolerateClosedPipes } from '../../../patcher/terminal/closed-pipe.ts';
import { reasonOf } from '../../../patcher/terminal/error-text.ts';
import { exitCodes, exitCodesHelp } from '../../../patcher/terminal/exit-codes.ts';
import { explainUsageErrors } from '../../../patcher/terminal/usage-errors.ts';
import { publisherErrors } from '../publisher-errors.ts';

/**
 * Run `gantry` with the words it was started with, and set its exit code.
 * @param addVerbs Adds the verbs it shall know.
 */
export async function runProgram(addVerbs: (program: Command) => Promise<void> | void): Promise<void> {
  tolerateClosedPipes([process.stdout, process.stderr]);
  const program = new Command('gantry')
    .description('Publish games: upload builds, promote them, see what delivery costs.')
    .version(packageJson.version)
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .addHelpText(
      'after',
      `\nStart with:  gantry login\n             gantry push ./build my-game/linux:beta\n\n${exitCodesHelp}`,
    )
    .exitOverride();
  await addVerbs(program);
  for (const command of program.commands) applyExitCodes(command);
  explainUsageErrors(program);
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // commander has printed help, version or what is wrong with the words.
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (error.exitCode !== 0 && process.argv.includes('--json')) {
      const data = publisherErrors.error('CLI_USAGE', reasonOf(error)).toData();
      process.stdout.write(`${JSON.stringify({ ok: false, error: data })}\n`);
    }
  }
}

/** Wrong words end with exit code 2 in every verb, not with commander's 1. */
function applyExitCodes(command: Command): void {
  command.exitOverride();
  for (const inner of command.commands) applyExitCodes(inner);
}
