import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Bootstrap } from '../../service/bootstrap.ts';
import type { RunningService } from '../../service/serve.ts';
import type { CommonOptions } from '../command/context.ts';
import type { Output } from '../command/output.ts';
import { readPort } from '../command/option-values.ts';
import { addVerb } from '../command/verb.ts';
import { untilAborted } from '../command/until-aborted.ts';

interface ServeOptions extends CommonOptions {
  readonly data: string;
  readonly host: string;
  readonly port: string;
  readonly edgePort: string;
}

export function registerServe(program: Command): void {
  addVerb<ServeOptions>(program, {
    name: 'serve',
    summary: 'run the service',
    help: `With nothing else installed: Postgres, storage, CDN edge and jobs run from one data folder. The first start makes
an organisation and its owner, whose credentials stand in credentials.json there.

In production the environment names the real parts: DATABASE_URL, GANTRY_S3_BUCKET, GANTRY_CDN_URL, GANTRY_PUBLIC_URL;
docs/configuration.md lists all of them.`,
    options: [
      ['--data <folder>', 'where everything is kept', join(homedir(), '.gantry-service')],
      ['--host <address>', 'where to listen', '127.0.0.1'],
      ['--port <number>', 'port of the API; 0 for any free one', '7420'],
      ['--edge-port <number>', 'port of the CDN edge; 0 for any free one', '7421'],
    ],
    examples: ['gantry serve', 'gantry serve --data ./data --port 8080'],
    online: false,
    run: async ({ output, signal }, options) => {
      output.remark('Starting …');
      // Loaded here, because the other verbs start quicker without a database and a web server.
      const { startService } = await import('../../service/serve.ts');
      const { readEnvironment } = await import('../../service/service-environment.ts');
      const dataDir = resolve(options.data);
      const service = await startService({
        ...readEnvironment(process.env),
        dataDir,
        host: options.host,
        port: readPort('--port', options.port),
        edgePort: readPort('--edge-port', options.edgePort),
        log: (event) => {
          if (event.level === 'error') output.remark(`${event.message}: ${String(event.error)}`);
        },
      });
      try {
        await announce(output, service, dataDir);
        await untilAborted(signal);
        output.remark('Stopping …');
      } finally {
        await service.close();
      }
    },
  });
}

async function announce(output: Output, service: RunningService, dataDir: string): Promise<void> {
  const { url, edgeUrl } = service;
  const file = join(dataDir, 'credentials.json');
  const credentials = service.credentials ?? (await readCredentials(file));
  const lines = [
    `Service   ${url}    API description at ${url}/docs`,
    `CDN edge  ${edgeUrl}`,
    ...(credentials === undefined ? [] : [`Owner     ${credentials.email}    password in ${file}`]),
    '',
    `Sign in:  gantry login --server ${url}${credentials === undefined ? '' : ` --email ${credentials.email}`}`,
  ];
  output.result({ ready: true, url, edgeUrl, credentials: credentials ?? null }, lines.join('\n'));
}

/** What the first start wrote; an operator may have removed it since. */
async function readCredentials(file: string): Promise<Bootstrap | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Bootstrap;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
