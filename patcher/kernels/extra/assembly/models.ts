import { MODELS, SLOTS_END } from './layout';
import { buildTables, resetSlots } from './nibble-model';
import { resetFlags } from './token-models';

/** As every segment begins: nothing known. */
export function resetModels(): void {
  buildTables();
  resetSlots(MODELS, SLOTS_END);
  resetFlags();
}
