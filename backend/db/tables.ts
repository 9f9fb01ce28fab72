import type { AccountsTables } from '../accounts/accounts-tables.ts';
import type { CatalogueTables } from '../catalogue/catalogue-tables.ts';
import type { CostsTables } from '../costs/costs-tables.ts';
import type { GrantsTables } from '../grants/grants-tables.ts';
import type { LedgerTables } from '../ledger/ledger-tables.ts';
import type { PushTables } from '../push/push-tables.ts';
import type { QuestsTables } from '../quests/quests-tables.ts';
import type { TrustTables } from '../trust/trust-tables.ts';
import type { IdempotencyTables } from './idempotency.ts';

/** Every table of the database, camelCase here and snake_case there. A domain adds its tables by one line. */
export interface Tables
  extends AccountsTables,
    CatalogueTables,
    CostsTables,
    GrantsTables,
    PushTables,
    IdempotencyTables,
    LedgerTables,
    QuestsTables,
    TrustTables {}
