import { Command } from 'commander';
import { expect, test } from 'vitest';
import { explainUsageErrors } from './usage-errors.ts';

test.each([
  [['dance'], "Error: unknown command 'dance'\nSee: tool --help\n"],
  [['keys', 'trust'], "Error: missing required argument 'key'\nSee: tool keys trust --help\n"],
])('words that are not understood lead to those that would be: %j', (words, said) => {
  let errors = '';
  const program = new Command('tool')
    .exitOverride()
    .configureOutput({ writeErr: (text) => (errors += text) });
  program.command('keys').command('trust <key>');
  explainUsageErrors(program);
  expect(() => program.parse(words, { from: 'user' })).toThrow();
  expect(errors).toBe(said);
});
