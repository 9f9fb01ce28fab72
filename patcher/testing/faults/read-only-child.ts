/**
 * `node read-only-child.ts`: jobs on an install whose drive cannot be written to; prints one line of JSON. Needs root and
 * tmpfs (Linux).
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AppError } from '../../errors.ts';
import {
  discardStaging,
  installBuild,
  moveTo,
  readInstallState,
  repairInstall,
  uninstall,
  updateBuild,
  verifyInstall,
} from '../../install/install.ts';
import { compareTrees } from '../trees/compare-trees.ts';
import { GameOnCdn } from '../builds/game-on-cdn.ts';
import { removeTree } from '../trees/remove-tree.ts';
import { makeSmallBuilds } from './small-builds.ts';

export interface ReadOnlyReport {
  readonly runs: number;
  /** Jobs that only read, and did so. */
  readonly verified: number;
  /** Jobs that were refused by a code that says why. */
  readonly refused: number;
  /** Of these, repairs that said how many files are damaged. */
  readonly toldDamage: number;
  readonly failures: readonly string[];
}

const scratch = await mkdtemp(path.join(tmpdir(), 'gantry-read-only-'));
const mount = path.join(scratch, 'mount');
const root = path.join(mount, 'game');
const report = { runs: 0, verified: 0, refused: 0, toldDamage: 0, failures: [] as string[] };
const game = await GameOnCdn.start(path.join(scratch, 'cdn'));
try {
  await mkdir(mount);
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', mount]);
  try {
    await tryAll();
  } finally {
    execFileSync('umount', [mount]);
  }
} finally {
  await game.close();
  await removeTree(scratch);
}
process.stdout.write(`${JSON.stringify(report)}\n`);

async function tryAll(): Promise<void> {
  const [one, two] = makeSmallBuilds();
  const [old, next] = [await game.publish(one), await game.publish(two)];
  const job = { root, ports: game.ports };
  await installBuild({ ...job, build: old.reference });
  remount('ro');
  await expectDamage([]);
  const { outcome } = await repairInstall(job);
  report.runs++;
  if (outcome.kind === 'done') report.verified++;
  remount('rw');
  await writeFile(path.join(root, 'same'), 'SAME');
  remount('ro');
  await expectDamage(['same']);
  await expectRefusal('repair', 'INSTALL_NOT_REPAIRABLE', () => repairInstall(job));
  await expectRefusal('update', 'INSTALL_READ_ONLY', () => updateBuild({ ...job, build: next.reference }));
  await expectRefusal('uninstall', 'INSTALL_READ_ONLY', () => uninstall({ root }));
  await expectRefusal('discard', 'INSTALL_READ_ONLY', () => discardStaging(root));
  await expectRefusal('move', 'INSTALL_READ_ONLY', () =>
    moveTo({ root, to: path.join(scratch, 'elsewhere') }),
  );
  remount('rw');
  const { installed, pending, moving } = await readInstallState(root);
  if (installed === null || pending !== null || moving !== null) report.failures.push('something was begun');
  await repairInstall(job);
  const wrong = await compareTrees(old.root, root);
  if (wrong.length > 0) report.failures.push(wrong.slice(0, 4).join('; '));
}

function remount(how: 'ro' | 'rw'): void {
  execFileSync('mount', ['-o', `remount,${how}`, mount]);
}

async function expectDamage(paths: readonly string[]): Promise<void> {
  report.runs++;
  const { damage } = await verifyInstall({ root });
  const found = damage.map(({ path: at }) => at).join(', ');
  if (found === paths.join(', ')) report.verified++;
  else report.failures.push(`verify found ${found === '' ? 'nothing' : found}`);
}

async function expectRefusal(name: string, code: string, work: () => Promise<unknown>): Promise<void> {
  report.runs++;
  const error = await work().then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error instanceof AppError && error.code === code) {
    report.refused++;
    if (error.details['damagedFiles'] === 1) report.toldDamage++;
  } else report.failures.push(`${name}: ${error instanceof Error ? error.message : 'was not refused'}`);
}
