import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { Answer, EventName } from '../../../preload/contract.ts';
import { ARGUMENT_MAX_BYTES } from '../../dispatch.ts';
import { toFailure } from '../../failure.ts';
import type { Launcher } from '../../launcher.ts';
import { launcherErrors } from '../../launcher-errors.ts';
import type { GameWindow } from '../../play/game-host.ts';
import { createRequestRate } from '../request-rate.ts';

/** What the page sends: a request, or how a game's window fares. */
const messageSchema = z.union([
  z.object({ id: z.number().int().nonnegative(), name: z.string().max(64), argument: z.unknown() }).strict(),
  z.object({ window: z.number().int(), state: z.enum(['opened', 'blocked', 'closed']) }).strict(),
]);

/** A page that gets no further than this has stopped; the next connection starts anew. */
const BUFFERED_MAX_BYTES = 16 * 1024 * 1024;
/** A page answers at once; one that does not is gone. */
const WINDOW_ANSWER_MS = 5_000;
const EVENTS: readonly EventName[] = ['changed', 'noticed', 'link-opened'];

interface PendingWindow {
  readonly opened: PromiseWithResolvers<boolean>;
  readonly closed: PromiseWithResolvers<void>;
}

/** The pages that mirror the launcher, each over one WebSocket. The caller has already checked who connects. */
export class BridgeSocket {
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: ARGUMENT_MAX_BYTES + 1024 });
  readonly #windows = new Map<number, PendingWindow>();
  readonly #stopListening: (() => void)[] = [];
  #launcher: Launcher | undefined;
  /** The page that asked last: the one the player is looking at, so game windows open from it. */
  #front: WebSocket | undefined;
  #nextWindow = 1;

  attach(launcher: Launcher): void {
    this.#launcher = launcher;
    for (const event of EVENTS) {
      this.#stopListening.push(launcher.on(event, (value) => this.#broadcast({ event, value })));
    }
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (page) => this.#greet(page));
  }

  /** @throws {AppError} `PLAY_WINDOW_BLOCKED` where no page could open it. */
  async openGameWindow({ url, gameId }: { url: string; gameId: string }): Promise<GameWindow> {
    const id = this.#nextWindow++;
    const entry = { opened: Promise.withResolvers<boolean>(), closed: Promise.withResolvers<void>() };
    this.#windows.set(id, entry);
    const page = this.#front;
    if (page !== undefined) sendTo(page, { openWindow: { id, url } });
    const timer = setTimeout(() => entry.opened.resolve(false), page === undefined ? 0 : WINDOW_ANSWER_MS);
    const opened = await entry.opened.promise;
    clearTimeout(timer);
    if (!opened) {
      this.#windows.delete(id);
      throw launcherErrors.error('PLAY_WINDOW_BLOCKED', { gameId });
    }
    return {
      closed: entry.closed.promise,
      // A page that is reloaded forgets the windows it opened.
      closedIsSure: false,
      close: () => {
        this.#broadcast({ closeWindow: { id } });
        this.#windows.delete(id);
      },
    };
  }

  async close(): Promise<void> {
    for (const stop of this.#stopListening) stop();
    for (const page of this.#server.clients) page.terminate();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }

  #greet(page: WebSocket): void {
    this.#front ??= page;
    const mayPass = createRequestRate(Date.now);
    page.on('message', (data) => this.#receive(page, data, mayPass));
    page.on('close', () => {
      if (this.#front === page) this.#front = [...this.#server.clients].find((other) => other !== page);
    });
    // What is wrong with a connection ends it; the page connects again.
    page.on('error', () => page.terminate());
  }

  #receive(page: WebSocket, data: RawData, mayPass: () => boolean): void {
    const message = parseMessage(data);
    if (message === null) return page.close(1008, 'not a message of the bridge');
    this.#front = page;
    if ('window' in message) return this.#noteWindow(message.window, message.state);
    const { id, name, argument } = message;
    if (!mayPass()) return sendTo(page, { id, answer: tooOften() });
    void this.#launcher?.handle(name, argument).then((answer) => sendTo(page, { id, answer }));
  }

  #noteWindow(id: number, state: 'opened' | 'blocked' | 'closed'): void {
    const entry = this.#windows.get(id);
    if (state === 'closed') entry?.closed.resolve();
    else entry?.opened.resolve(state === 'opened');
  }

  #broadcast(message: object): void {
    for (const page of this.#server.clients) {
      if (page.bufferedAmount > BUFFERED_MAX_BYTES) page.terminate();
      else sendTo(page, message);
    }
  }
}

function sendTo(page: WebSocket, message: object): void {
  if (page.readyState === page.OPEN) page.send(JSON.stringify(message));
}

function tooOften(): Answer<never> {
  return { ok: false, error: toFailure(launcherErrors.error('LAUNCHER_REQUEST_TOO_OFTEN')) };
}

function parseMessage(data: RawData): z.infer<typeof messageSchema> | null {
  try {
    const text = Array.isArray(data)
      ? Buffer.concat(data).toString('utf8')
      : Buffer.from(data as Buffer).toString('utf8');
    const parsed = messageSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null; // Not JSON: the caller ends the connection.
  }
}
