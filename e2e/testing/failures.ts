import {
  CommandFailed,
  type CommandOptions,
  type ProgramName,
  runCommand,
} from '../../build/demo/commands.ts';

/** How a command that must fail did: its exit code and the error it printed as JSON. */
export interface CommandFailure {
  readonly exitCode: number | null;
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

/** Run a command that must fail. @throws where it succeeds, or printed no error as JSON. */
export async function runToFailure(
  program: ProgramName,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandFailure> {
  const failed = await runCommand(program, args, options).then(
    (result) => {
      throw new Error(`"${program} ${args.join(' ')}" succeeded: ${JSON.stringify(result)}`);
    },
    (error: unknown) => error,
  );
  if (!(failed instanceof CommandFailed)) throw failed;
  const line = failed.output.split('\n').find((each) => each.startsWith('{') && each.includes('"error"'));
  if (line === undefined) throw new Error(`no error as JSON in: ${failed.output}`);
  const { error } = JSON.parse(line) as { error: Omit<CommandFailure, 'exitCode'> };
  return { exitCode: failed.exitCode, code: error.code, message: error.message, next: error.next };
}
