import { channelNameSchema, type Depot, depotSchema, gameIdSchema } from '../../api/contract.ts';
import { publisherErrors } from '../publisher-errors.ts';

/** `game/depot` or `game/depot:channel`, as every verb takes it. */
export interface PushTarget {
  readonly gameId: string;
  readonly depot: Depot;
  readonly channel: string | undefined;
}

/** @throws {AppError} `CLI_TARGET_INVALID`. */
export function parseTarget(target: string): PushTarget {
  const match = /^([^/:]+)\/([^/:]+)(?::([^/:]+))?$/.exec(target);
  const gameId = gameIdSchema.safeParse(match?.[1]);
  const depot = depotSchema.safeParse(match?.[2]);
  const channel = channelNameSchema.optional().safeParse(match?.[3]);
  if (!gameId.success || !depot.success || !channel.success) {
    throw publisherErrors.error('CLI_TARGET_INVALID', { target });
  }
  return { gameId: gameId.data, depot: depot.data, channel: channel.data };
}

/** `game/depot:channel` where the channel must be named. */
export function parseChannelTarget(target: string): PushTarget & { readonly channel: string } {
  const { channel, ...rest } = parseTarget(target);
  if (channel === undefined) throw publisherErrors.error('CLI_TARGET_INVALID', { target });
  return { ...rest, channel };
}
