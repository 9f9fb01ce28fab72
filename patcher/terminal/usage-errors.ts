import type { Command } from 'commander';

/** Say of words that a command or one of its own does not take what is wrong, as of any error, and where its words stand. */
export function explainUsageErrors(command: Command, calledAs: string = command.name()): void {
  command
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'Error: ')) })
    .showHelpAfterError(`See: ${calledAs} --help`);
  for (const inner of command.commands) explainUsageErrors(inner, `${calledAs} ${inner.name()}`);
}
