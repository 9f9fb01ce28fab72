#!/usr/bin/env node
// The publisher's tool: one verb a file in verbs/, registered here.
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { tolerateClosedPipes } from '../../patcher/terminal/closed-pipe.ts';
import { reasonOf } from '../../patcher/terminal/error-text.ts';
import { exitCodes, exitCodesHelp } from '../../patcher/terminal/exit-codes.ts';
import { publisherErrors } from './publisher-errors.ts';
import { registerLogout, registerWhoami } from './verbs/account.ts';
import { registerApply } from './verbs/apply.ts';
import { registerBuilds } from './verbs/builds.ts';
import { registerChannel } from './verbs/channel.ts';
import { registerCosts } from './verbs/costs.ts';
import { registerDiff } from './verbs/diff.ts';
import { registerEdge } from './verbs/edge.ts';
import { registerGame } from './verbs/game.ts';
import { registerInit } from './verbs/init.ts';
import { registerLogin } from './verbs/login.ts';
import { registerOrganisation } from './verbs/organisation.ts';
import { registerPreview } from './verbs/preview.ts';
import { registerPush } from './verbs/push.ts';
import { registerQuest } from './verbs/quest.ts';
import { registerServe } from './verbs/serve.ts';
import { registerStatus } from './verbs/status.ts';
import { registerVerify } from './verbs/verify.ts';
import { registerWorker } from './verbs/worker.ts';

const groups: readonly (readonly [heading: string, verbs: readonly ((program: Command) => void)[]])[] = [
  ['Account:', [registerLogin, registerLogout, registerWhoami]],
  [
    'Publish:',
    [
      registerInit,
      registerPush,
      registerPreview,
      registerBuilds,
      registerChannel,
      registerGame,
      registerQuest,
      registerOrganisation,
    ],
  ],
  ['Watch:', [registerStatus, registerCosts]],
  ['Offline:', [registerDiff, registerApply, registerVerify]],
  ['Serve:', [registerServe, registerWorker, registerEdge]],
];

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

for (const [heading, verbs] of groups) {
  program.commandsGroup(heading);
  for (const register of verbs) register(program);
}
for (const command of program.commands) applyExitCodes(command);

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

/** Wrong words end with exit code 2 in every verb, not with commander's 1. */
function applyExitCodes(command: Command): void {
  command.exitOverride();
  for (const inner of command.commands) applyExitCodes(inner);
}
