import { AppError } from '../../errors.ts';
import { runTrustStep, type TrustStep } from './trust-steps.ts';

/** One look of a launcher at its repository, to be killed or failed: `node trust-child.ts <folder> <step>`. */
const [, , folder = '', step = 'first'] = process.argv;
try {
  await runTrustStep(folder, step as TrustStep);
  process.stdout.write('{}\n');
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  process.stdout.write(`${JSON.stringify({ code: error.code })}\n`);
}
