import { readFileSync } from 'node:fs';

/** The launcher's version, from the package it runs from (in the packed app, the one inside the archive). */
export function readAppVersion(): string {
  for (const place of ['../../package.json', '../package.json']) {
    try {
      const raw: unknown = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'));
      if (typeof raw === 'object' && raw !== null && 'version' in raw) return String(raw.version);
    } catch (error) {
      // From source this file is two folders deep, bundled it is not.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  throw new Error('the launcher has no package.json');
}
