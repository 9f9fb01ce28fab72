#!/usr/bin/env node
import { tolerateClosedPipes } from '../../../patcher/terminal/closed-pipe.ts';
import { runPlayerCli } from './player-cli.ts';

tolerateClosedPipes([process.stdout, process.stderr]);
process.exitCode = await runPlayerCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  environment: process.env,
});
