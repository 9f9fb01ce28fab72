// `gantry diff` alone: what is bundled into out/publisher, see gantry.mjs.
import { runProgram } from '../command/program.ts';
import { registerDiff } from '../verbs/diff.ts';

void runProgram(registerDiff);
