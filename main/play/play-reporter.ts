import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { ApiClient } from '../../backend/api/client.ts';
import type { PlaySession } from '../../backend/api/contract.ts';
import type { Manifest } from '../../patcher/formats/manifest.ts';
import type { Clock } from '../clock.ts';
import { isPassing, toAppError } from '../failure.ts';
import { findFile } from './verified-file.ts';

export interface PlayReporterOptions {
  readonly api: Pick<ApiClient, 'beginPlay' | 'heartbeat' | 'endPlay'>;
  readonly clock: Clock;
  readonly buildId: number;
  readonly folder: string;
  readonly manifest: Manifest;
  /** After the service counted play time. */
  readonly onCounted: () => void;
}

/** Tells the service that a game is played. Whatever fails here, the game goes on. */
export interface PlayReporter {
  readonly session: () => PlaySession | null;
  readonly end: (exitCode: number | null) => Promise<void>;
}

/** The service asks for a sample; more than this is a mistake, and not worth stalling a game's start. */
const CHALLENGE_MAX_BYTES = 64 * 1024 * 1024;
/** Offline at the start of play: asked again this often, so that play counts from when the network is back. */
const BEGIN_AGAIN_MS = 30_000;
const END_TIMEOUT_MS = 5_000;

/**
 * Begin a play session and keep it alive: the first heartbeat proves that the build is on this disk,
 * and each one carries the nonce that the last answer gave.
 */
export async function startPlayReporter(options: PlayReporterOptions): Promise<PlayReporter> {
  const reporter = new Reporter(options);
  await reporter.begin();
  return reporter;
}

class Reporter implements PlayReporter {
  readonly #options: PlayReporterOptions;
  #session: PlaySession | null = null;
  #nonce = '';
  #proved = false;
  #ended = false;
  #beating: Promise<void> = Promise.resolve();
  #cancelTimer: () => void = () => {};

  constructor(options: PlayReporterOptions) {
    this.#options = options;
  }

  session(): PlaySession | null {
    return this.#session;
  }

  async begin(): Promise<void> {
    try {
      this.#session = await this.#options.api.beginPlay({ body: { buildId: this.#options.buildId } });
      this.#nonce = this.#session.nonce;
      this.#proved = false;
    } catch {
      // Offline, signed out or refused: play is allowed, it only does not count until the service takes it.
      this.#session = null;
    }
    if (this.#ended) return;
    this.#schedule(this.#session === null ? BEGIN_AGAIN_MS : this.#session.heartbeatSeconds * 1000);
    // The proof at once: a session without one counts nothing.
    if (this.#session !== null) this.#beating = this.#beat();
  }

  async end(exitCode: number | null): Promise<void> {
    this.#ended = true;
    this.#cancelTimer();
    await this.#beating;
    const session = this.#session;
    if (session === null) return;
    try {
      await this.#options.api.endPlay(
        { params: { playSessionId: session.playSessionId }, body: { nonce: this.#nonce, exitCode } },
        { signal: AbortSignal.timeout(END_TIMEOUT_MS) },
      );
      this.#options.onCounted();
    } catch (error) {
      // The service ends a session that falls silent by itself; what was counted stays counted.
      toAppError(error);
    }
  }

  #schedule(delayMs: number): void {
    this.#cancelTimer = this.#options.clock.after(delayMs, () => {
      this.#beating = this.#session === null ? this.begin() : this.#beatAndSchedule(this.#session);
    });
  }

  async #beatAndSchedule(session: PlaySession): Promise<void> {
    await this.#beat();
    if (!this.#ended && this.#session !== null) this.#schedule(session.heartbeatSeconds * 1000);
  }

  async #beat(): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    try {
      const proof = this.#proved ? null : await this.#prove(session);
      const answer = await this.#options.api.heartbeat({
        params: { playSessionId: session.playSessionId },
        body: { nonce: this.#nonce, ...(proof === null ? {} : { proof }) },
      });
      this.#nonce = answer.nonce;
      this.#proved = true;
      this.#options.onCounted();
    } catch (error) {
      if (isPassing(error)) return; // The same nonce goes with the next one.
      // The service no longer knows this session (its answer was lost, or another machine plays): a new one.
      this.#session = null;
      if (!this.#ended) this.#schedule(BEGIN_AGAIN_MS);
    }
  }

  /** SHA-256 over the nonce's bytes and the challenged range, or null without a challenge. */
  async #prove({ challenge, nonce }: PlaySession): Promise<string | null> {
    if (challenge === null) return null;
    const { folder, manifest } = this.#options;
    const entry = findFile(manifest, challenge.path);
    const inside = entry !== undefined && challenge.offset + challenge.sizeBytes <= entry.sizeBytes;
    if (!inside || challenge.sizeBytes > CHALLENGE_MAX_BYTES) return null;
    const handle = await open(path.join(folder, ...entry.path.split('/')));
    try {
      const bytes = Buffer.alloc(challenge.sizeBytes);
      await handle.read(bytes, 0, bytes.length, challenge.offset);
      return createHash('sha256').update(Buffer.from(nonce, 'hex')).update(bytes).digest('hex');
    } finally {
      await handle.close();
    }
  }
}
