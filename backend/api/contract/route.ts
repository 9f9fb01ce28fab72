import { z } from 'zod';
import { type Role, buildIdSchema, depotSchema, gameIdSchema } from './words.ts';

export type RouteAuth =
  /** Nobody signs in. */
  | 'public'
  /** Any signed-in account. */
  | 'account'
  /** A member of the game's organisation; the roles that may. */
  | readonly Role[];

export interface RouteContract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly auth: RouteAuth;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** A schema for JSON, or 'bytes'. */
  readonly body?: z.ZodType | 'bytes';
  /** The most a body may weigh; 256 KiB where it is not said. */
  readonly bodyMaxBytes?: number;
  /** A schema for JSON, 'bytes', or 'empty' (204). */
  readonly response: z.ZodType | 'bytes' | 'empty';
  /** Requires an `Idempotency-Key` header. */
  readonly idempotent?: true;
}

/** Routes by name. */
export type RouteTable = Readonly<Record<string, RouteContract>>;

export const gameParams = z.object({ gameId: gameIdSchema });
export const depotParams = gameParams.extend({ depot: depotSchema });
export const buildParams = z.object({ buildId: z.coerce.number().pipe(buildIdSchema) });

export const everyRole = ['owner', 'developer', 'analyst', 'finance'] as const;
export const writers = ['owner', 'developer'] as const;

export const MIB = 1024 * 1024;
