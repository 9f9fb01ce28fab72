import { prepareNibbleSlots, resetNibbleSlots } from '../../assembly/nibble-slots';
import { MODELS, SLOTS_END } from './layout';
import { COUNT_MAX } from './nibble-model';
import { resetFlags } from './token-models';

/** As every segment begins: nothing known. */
export function resetModels(): void {
  prepareNibbleSlots(COUNT_MAX);
  resetNibbleSlots(MODELS, SLOTS_END);
  resetFlags();
}
