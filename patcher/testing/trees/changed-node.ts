/**
 * Arguments for Node that take something away from it, or break it, before the program is loaded.
 * @param change Statements that may use `crypto` and `zlib`.
 */
export function onChangedNode(change: string): readonly string[] {
  const shim = `
    import crypto from 'node:crypto';
    import zlib from 'node:zlib';
    import { syncBuiltinESMExports } from 'node:module';
    ${change}
    syncBuiltinESMExports();`;
  return ['--import', `data:text/javascript,${encodeURIComponent(shim)}`];
}
