import process from 'node:process';
import { startService } from '../service/serve.ts';

/** A service in a process of its own, to be killed by a test: `node serve-child.ts <data folder>`. */
const service = await startService({ dataDir: process.argv[2] ?? '' });
process.stdout.write(
  `${JSON.stringify({ url: service.url, edgeUrl: service.edgeUrl, credentials: service.credentials })}\n`,
);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void service.close().then(() => process.exit(0)));
}
