import { createHash } from 'node:crypto';
import type { Server } from 'node:http';
import { z } from 'zod';
import { hasCode } from '../../patcher/errors.ts';
import { type Document, errnoOf } from '../profile/document.ts';

/** The loopback ports of web games: a browser keeps a page's saves by its origin, and the port is part of that. */
export interface GamePorts {
  /** Listen on the game's own port; @returns which it is. @throws What the system says where no port can be had. */
  readonly listen: (gameId: string, server: Server) => Promise<number>;
}

/** Below what Linux, macOS and Windows give to outgoing connections by themselves, above what services like to have. */
export const FIRST_PORT = 20_000;
export const LAST_PORT = 32_000;
/** So many in a row are never taken on a machine in order. */
const TRIES_MAX = 64;

/** The port of each web game that was ever played here. */
export const gamePortsSchema = z.record(z.string(), z.number().int().min(FIRST_PORT).max(LAST_PORT));
type PortsByGame = z.infer<typeof gamePortsSchema>;

export function createGamePorts(document: Document<PortsByGame>): GamePorts {
  return {
    listen: async (gameId, server) => {
      const { [gameId]: own, ...others } = document.get();
      const foreign = new Set(Object.values(others));
      const wanted = own ?? derivePort(gameId);
      for (let step = 0; step < TRIES_MAX; step += 1) {
        const port = FIRST_PORT + ((wanted - FIRST_PORT + step) % (LAST_PORT - FIRST_PORT + 1));
        if (foreign.has(port) || !(await canListen(server, port))) continue;
        // One that is taken today stays the game's: its saves are there again the next time.
        if (own === undefined) await remember(document, gameId, port);
        return port;
      }
      await listenOn(server, 0);
      return portOf(server);
    },
  };
}

/** The same on every machine and in every profile, spread over the range. */
export function derivePort(gameId: string): number {
  const spread = createHash('sha256').update(gameId).digest().readUInt32BE();
  return FIRST_PORT + (spread % (LAST_PORT - FIRST_PORT + 1));
}

async function remember(document: Document<PortsByGame>, gameId: string, port: number): Promise<void> {
  try {
    await document.update((all) => ({ ...all, [gameId]: port }));
  } catch (error) {
    // A profile that cannot be written is said so elsewhere; the game must not fail for it.
    if (!hasCode(error, 'PROFILE_NOT_WRITABLE')) throw error;
  }
}

async function canListen(server: Server, port: number): Promise<boolean> {
  try {
    await listenOn(server, port);
    return true;
  } catch (error) {
    // Windows refuses the ranges it has set aside as forbidden, not as taken.
    if (errnoOf(error) === 'EADDRINUSE' || errnoOf(error) === 'EACCES') return false;
    throw error;
  }
}

async function listenOn(server: Server, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).once('listening', resolve).listen(port, '127.0.0.1');
  try {
    await promise;
  } finally {
    server.off('error', reject).off('listening', resolve);
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a loopback server has a port');
  return address.port;
}
