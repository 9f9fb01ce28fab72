#!/usr/bin/env node
// The publisher's tool: one verb a file in verbs/, listed in verb-list.ts. Started by gantry.mjs, or as it is.
import { runProgram } from './command/program.ts';
import { registerVerbs } from './verb-list.ts';

await runProgram((program) => registerVerbs(program, process.argv[2]));
