import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
// A cluster of one on a busy machine; it takes some 15 s on an idle one.
const START_TIMEOUT_MS = 120_000;

export interface Ceph {
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  stop(): Promise<void>;
}

/**
 * A whole Ceph cluster on free local ports, in memory: one monitor, one object daemon, one radosgw and one user.
 * Nothing outlives {@link Ceph.stop}, nor this process: the kernel kills the daemons with their parent.
 */
export async function startCeph(): Promise<Ceph> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-ceph-'));
  const children: ChildProcess[] = [];
  let stopping: Promise<void> | undefined;
  const killAll = (): void => {
    for (const child of children) child.kill('SIGKILL'); // Memory only: there is nothing to save.
  };
  const stop = async (): Promise<void> => {
    process.off('exit', killAll);
    const running = children.filter((child) => child.exitCode === null && child.signalCode === null);
    const ended = running.map((child) => once(child, 'exit'));
    killAll();
    await Promise.all(ended);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  process.once('exit', killAll);
  try {
    const { endpoint, credentials } = await startDaemons(folder, children);
    return { endpoint, credentials, stop: () => (stopping ??= stop()) };
  } catch (error) {
    const logs = await readLogs(folder);
    await stop();
    throw new Error(
      `Ceph did not start: ${error instanceof Error ? error.message : String(error)}\n${logs}`,
      {
        cause: error,
      },
    );
  }
}

async function startDaemons(folder: string, children: ChildProcess[]): Promise<Omit<Ceph, 'stop'>> {
  const [monitorPort, monitorLegacyPort, gatewayPort] = await freePorts(3);
  const fsid = randomUUID();
  const monitor = `[v2:127.0.0.1:${monitorPort},v1:127.0.0.1:${monitorLegacyPort}]`;
  await Promise.all(['mon', 'osd', 'rgw', 'run'].map((name) => mkdir(path.join(folder, name))));
  const conf = path.join(folder, 'ceph.conf');
  await writeFile(conf, configuration({ folder, fsid, monitor, gatewayPort }));

  const map = path.join(folder, 'monmap');
  await run('monmaptool', ['--create', '--fsid', fsid, '--addv', 'a', monitor, map, '--clobber']);
  await run('ceph-mon', ['-c', conf, '-i', 'a', '--mkfs', '--monmap', map]);
  await daemon('ceph-mon', ['-f', '-c', conf, '-i', 'a'], { folder, children });

  const osd = randomUUID();
  await ceph(conf, ['osd', 'new', osd, '0']);
  await ceph(conf, ['osd', 'crush', 'add', 'osd.0', '1.0', 'root=default', 'host=h']);
  // The same UUID as in `osd new`, else the daemon stays "booting" for ever.
  await run('ceph-osd', ['-c', conf, '-i', '0', '--mkfs', '--osd-uuid', osd]);
  await daemon('ceph-osd', ['-f', '-c', conf, '-i', '0'], { folder, children });
  await until('the object daemon is up', async () => (await ceph(conf, ['osd', 'stat'])).includes('1 up'));

  await daemon('radosgw', ['-f', '-c', conf, '-n', 'client.rgw'], { folder, children });
  const endpoint = `http://127.0.0.1:${gatewayPort}`;
  await until('the gateway answers', async () => (await fetch(endpoint)).status > 0);
  return { endpoint, credentials: await makeUser(conf) };
}

async function makeUser(conf: string): Promise<Ceph['credentials']> {
  const accessKeyId = randomBytes(10).toString('hex').toUpperCase();
  const secretAccessKey = randomBytes(20).toString('hex');
  const keys = ['--access-key', accessKeyId, '--secret-key', secretAccessKey];
  await run('radosgw-admin', [
    '-c',
    conf,
    '-n',
    'client.rgw',
    'user',
    'create',
    '--uid=test',
    '--display-name=test',
    ...keys,
  ]);
  return { accessKeyId, secretAccessKey };
}

async function ceph(conf: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run('ceph', ['-c', conf, '--connect-timeout', '60', ...args]);
  return stdout;
}

async function daemon(
  program: string,
  args: readonly string[],
  { folder, children }: { folder: string; children: ChildProcess[] },
): Promise<void> {
  const log = await open(path.join(folder, `${program}.out`), 'w');
  // setpriv asks the kernel to kill the daemon when this process dies, however it dies.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
    stdio: ['ignore', log.fd, log.fd],
  });
  children.push(child);
  await once(child, 'spawn');
  await log.close();
}

async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      if (await check()) return;
    } catch (error) {
      last = error;
    }
    await sleep(200);
  }
  throw new Error(`gave up waiting until ${what}`, { cause: last });
}

/** Ports that were free a moment ago, all held open together so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

async function readLogs(folder: string): Promise<string> {
  const names = ['ceph-mon', 'ceph-osd', 'radosgw'];
  const texts = await Promise.all(
    names.map((name) => readFile(path.join(folder, `${name}.out`), 'utf8').catch(() => '(not started)')),
  );
  return names.map((name, index) => `${name}: ${texts[index]?.slice(-500)}`).join('\n');
}

interface ConfigurationFacts {
  readonly folder: string;
  readonly fsid: string;
  readonly monitor: string;
  readonly gatewayPort: number | undefined;
}

function configuration({ folder, fsid, monitor, gatewayPort }: ConfigurationFacts): string {
  return `[global]
fsid = ${fsid}
mon host = ${monitor}
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 1000
mon initial members = a
run dir = ${folder}/run
admin socket = ${folder}/run/$cluster-$name.asok
log file = ${folder}/$name.log
pid file = ${folder}/run/$name.pid
osd objectstore = memstore
memstore device bytes = 2147483648
osd max object name len = 256
osd max object namespace len = 64
[mon.a]
mon data = ${folder}/mon
mon data avail crit = 1
mon data avail warn = 2
[osd.0]
osd data = ${folder}/osd
[client.rgw]
# Without it the gateway's handshake with the monitor ends in -13 and hangs.
ms mon client mode = crc
rgw frontends = beast endpoint=127.0.0.1:${gatewayPort}
rgw data = ${folder}/rgw
rgw enable usage log = false
`;
}
