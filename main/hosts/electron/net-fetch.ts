import type { Net } from 'electron';

/** Electron's `net.fetch` as the `fetch` the rest of the code takes: it wants addresses as text. */
export function toFetch(net: Pick<Net, 'fetch'>): typeof globalThis.fetch {
  return (input, init) => net.fetch(input instanceof URL ? input.href : input, init);
}
