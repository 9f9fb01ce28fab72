import type { RegisterRoute } from '../api/route-call.ts';
import type { Database } from '../db/database.ts';
import { readCostReport } from './read-cost-report.ts';

export interface CostServices {
  readonly database: Database;
  readonly now: () => Date;
  /** Take in what the local edge has logged so far; absent where logs come from elsewhere, by job. */
  readonly refreshUsage?: () => Promise<void>;
}

export function costRoutes(registerRoute: RegisterRoute, services: CostServices): void {
  registerRoute('costs', async ({ params, query }) => {
    await services.refreshUsage?.();
    const now = services.now();
    const monthStart = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth()));
    // The end is open: what is being logged this second belongs to the report.
    const to = query.to === undefined ? new Date(now.getTime() + 1000) : new Date(query.to);
    const from = query.from === undefined ? monthStart : new Date(query.from);
    return readCostReport(services.database, params.gameId, { from, to });
  });
}
