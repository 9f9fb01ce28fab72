import { z } from 'zod';

export const bytes = z.number().int().nonnegative();
export const gameId = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])$/);
export const timestamp = z.iso.datetime();
