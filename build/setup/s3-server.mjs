import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { aptInstall } from './browser.mjs';
import { say } from './step.mjs';

const programs = ['ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'monmaptool'];
const packages = ['ceph-mon', 'ceph-osd', 'radosgw', 'ceph-common'];

/**
 * The S3 server the tests prefer, Ceph's radosgw: it checks signatures and conditional writes as S3 does.
 * Where it cannot be had the tests run on s3rver and name the checks they leave out.
 */
export async function provideS3Server() {
  if (programs.every(isInstalled)) return;
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (mayInstall && (await aptInstall({ title: 'Installing Ceph’s radosgw for the S3 tests', packages })))
    return;
  say('  radosgw cannot be had here; the S3 tests run on s3rver and say which checks it cannot make.');
}

function isInstalled(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
}
