import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CommonOptions } from '../command/context.ts';
import { untilAborted } from '../command/until-aborted.ts';
import { readPort } from '../command/option-values.ts';
import { addVerb } from '../command/verb.ts';

interface EdgeOptions extends CommonOptions {
  readonly objects: string;
  readonly keys: string;
  readonly logs: string;
  readonly host: string;
  readonly port: string;
  readonly location: string;
}

export function registerEdge(program: Command): void {
  addVerb<EdgeOptions>(program, {
    name: 'edge',
    summary: 'run the CDN edge alone',
    help: `Serves a folder of objects under CloudFront's rules: signed URLs and cookies, ranges, error bodies, access logs.
Players reach it where the service's GANTRY_CDN_URL points.`,
    options: [
      ['--objects <folder>', 'the service’s objects', './data/objects'],
      [
        '--keys <file>',
        'the key ring whose signatures are trusted; read again when it changes',
        './data/keys/cdn-key-ring.json',
      ],
      ['--logs <folder>', 'where access logs are written', './data/access-logs'],
      ['--host <address>', 'where to listen', '127.0.0.1'],
      ['--port <number>', '0 for any free one', '7421'],
      ['--location <name>', 'the point of presence in the logs; decides the price region', 'FRA56-P1'],
    ],
    examples: ['gantry edge --objects ./data/objects --keys ./data/keys/cdn-key-ring.json --port 8081'],
    online: false,
    run: async ({ output, signal }, options) => {
      const { serveFolder } = await import('../../edge/serve-folder.ts');
      const edge = await serveFolder({
        objectsFolder: resolve(options.objects),
        keyRingFile: resolve(options.keys),
        accessLogFolder: resolve(options.logs),
        host: options.host,
        port: readPort('--port', options.port),
        location: options.location,
      });
      try {
        output.result({ ready: true, url: edge.url }, `The edge answers at ${edge.url}`);
        await untilAborted(signal);
      } finally {
        await edge.close();
      }
    },
  });
}
