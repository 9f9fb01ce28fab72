#!/usr/bin/env node
import { runPlayerCli } from './player-cli.ts';

process.exitCode = await runPlayerCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  environment: process.env,
});
