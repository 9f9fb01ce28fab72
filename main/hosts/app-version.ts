import { readFileSync } from 'node:fs';

/** The launcher's version, from the package it runs from (in the packed app, the one inside the archive). */
export function readAppVersion(): string {
  // Two folders up both from source (main/hosts) and bundled (out/main).
  const raw: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  if (typeof raw === 'object' && raw !== null && 'version' in raw && typeof raw.version === 'string') {
    return raw.version;
  }
  throw new Error('the launcher’s package.json names no version');
}
