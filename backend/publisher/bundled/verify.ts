// `gantry verify` alone: what is bundled into out/publisher, see gantry.mjs.
import { runProgram } from '../command/program.ts';
import { registerVerify } from '../verbs/verify.ts';

void runProgram(registerVerify);
