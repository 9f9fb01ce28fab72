/**
 * The HTTP API: every route with its schemas, from which the server's validation, OpenAPI and the client's types come.
 * This file imports no implementation. Binary bodies are `application/octet-stream`; everything else is JSON.
 * Errors of every route are problem documents (RFC 9457), see {@link problemSchema}.
 */
import { accountRoutes, organisationRoutes } from './contract/accounts.ts';
import { buildRoutes } from './contract/builds.ts';
import { costRoutes } from './contract/costs.ts';
import { deliveryRoutes } from './contract/delivery.ts';
import { gameRoutes } from './contract/games.ts';
import { playRoutes } from './contract/play.ts';
import { pushRoutes } from './contract/push.ts';
import { questRoutes } from './contract/quests.ts';
import { serviceRoutes } from './contract/service.ts';
import { trustRoutes } from './contract/trust.ts';

export * from './contract/words.ts';
export * from './contract/accounts.ts';
export * from './contract/games.ts';
export * from './contract/builds.ts';
export * from './contract/trust.ts';
export * from './contract/push.ts';
export * from './contract/delivery.ts';
export * from './contract/costs.ts';
export * from './contract/play.ts';
export * from './contract/quests.ts';
export * from './contract/service.ts';
export type { RouteContract } from './contract/route.ts';

export const routes = {
  ...serviceRoutes,
  ...accountRoutes,
  ...organisationRoutes,
  ...gameRoutes,
  ...pushRoutes,
  ...buildRoutes,
  ...trustRoutes,
  ...deliveryRoutes,
  ...costRoutes,
  ...questRoutes,
  ...playRoutes,
} as const;

export type Routes = typeof routes;
export type RouteName = keyof Routes;
