import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ApiClient } from '../api/client.ts';
import type { Build, Channel } from '../api/contract.ts';
import { withChannel } from '../publisher/signing/game-record.ts';
import { type SigningContext, signGame } from '../publisher/signing/sign-game.ts';
import { SigningKeys } from '../publisher/signing/signing-keys.ts';

/** A publisher's signing, as `gantry` does it, with a key that is the same in every run. */
export function testSigning(api: ApiClient, name = 'publisher'): SigningContext {
  const seed = createHash('sha256').update(`signing key of ${name}`).digest('hex');
  return {
    api,
    keys: new SigningKeys(path.join(tmpdir(), 'no-such-folder'), { GANTRY_SIGNING_KEY: seed }),
    output: { remark: () => undefined },
    signal: new AbortController().signal,
  };
}

/** Point a channel at a build, as its publisher does. @returns the channel. */
export async function pointChannel(
  api: ApiClient,
  channel: string,
  { gameId, depot, buildId, manifest }: Pick<Build, 'gameId' | 'depot' | 'buildId' | 'manifest'>,
): Promise<Channel> {
  const vouched = { gameId, depot, buildId, manifest };
  const channels = await signGame(testSigning(api), gameId, (targets) =>
    withChannel(targets, channel, vouched),
  );
  const found = channels.find((one) => one.depot === depot && one.channel === channel);
  if (found === undefined) throw new Error(`there is no channel ${channel}`);
  return found;
}
