import { spawnSync } from 'node:child_process';

/** The first version number a program prints when asked; '' when it does not tell. */
export async function readVersion(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 10_000 });
  return /\d+(?:\.\d+)+/.exec(`${stdout ?? ''}\n${stderr ?? ''}`)?.[0] ?? '';
}
