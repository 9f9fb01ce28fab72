// `gantry apply` alone: what is bundled into out/publisher, see gantry.mjs.
import { runProgram } from '../command/program.ts';
import { registerApply } from '../verbs/apply.ts';

void runProgram(registerApply);
