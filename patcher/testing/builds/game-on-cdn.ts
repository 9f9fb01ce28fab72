import type { InstallPorts } from '../../install/install.ts';
import { type ObjectServer, startObjectServer } from '../network/object-server.ts';
import { PublishedGame } from './published-game.ts';

export type { PublishedBuild } from './published-game.ts';

/** A game with its builds and patches behind a real HTTP server. */
export class GameOnCdn extends PublishedGame {
  readonly server: ObjectServer;

  private constructor(scratch: string, server: ObjectServer) {
    super(scratch);
    this.server = server;
  }

  /** @param scratch Folder for the builds' trees. */
  static async start(scratch: string): Promise<GameOnCdn> {
    const server = await startObjectServer((objectPath) => game.objects.get(objectPath));
    const game = new GameOnCdn(scratch, server);
    return game;
  }

  /** What an install reaches this game through. */
  get ports(): InstallPorts {
    return { grants: this.server.grants, fetch: globalThis.fetch };
  }

  close(): Promise<void> {
    return this.server.close();
  }
}
