import { AppError } from '../../../patcher/errors.ts';
import type { ApiClient } from '../../api/client.ts';
import { publisherErrors } from '../publisher-errors.ts';

/**
 * Make sure that the game of a first push exists: it is created in the account's organisation.
 * @returns whether it was created now.
 * @throws {AppError} `CLI_NO_ORGANISATION`, `CLI_SEVERAL_ORGANISATIONS`.
 */
export async function ensureGame(
  api: ApiClient,
  gameId: string,
  organisation: string | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const { games } = await api.games({}, { signal });
  if (games.some((game) => game.gameId === gameId)) return false;
  const organisationId = organisation ?? (await chooseOrganisation(api, gameId, signal));
  await api.createGame({ params: { organisationId }, body: { gameId, title: toTitle(gameId) } }, { signal });
  return true;
}

async function chooseOrganisation(api: ApiClient, gameId: string, signal: AbortSignal): Promise<string> {
  const { organisations } = await api.account({}, { signal });
  const writable = organisations.filter(({ role }) => role === 'owner' || role === 'developer');
  const [only] = writable;
  if (only === undefined) throw publisherErrors.error('CLI_NO_ORGANISATION', { gameId });
  if (writable.length > 1) {
    const names = writable.map((one) => one.organisationId).join(', ');
    throw publisherErrors.error('CLI_SEVERAL_ORGANISATIONS', { gameId, organisations: names });
  }
  return only.organisationId;
}

/** `sky-forge` → `Sky Forge`, until the publisher names it. */
function toTitle(gameId: string): string {
  return gameId
    .split('-')
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join(' ');
}

/** True where the service says that a thing does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof AppError && error.family === 'not-found';
}
