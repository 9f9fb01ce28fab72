import { useState, type ReactNode } from 'react';
import type { Quest, Receipt } from '../../../preload/contract.ts';
import { claimReward } from '../../state/quests-slice.ts';
import { showFailure } from '../../state/notices.ts';
import { ReceiptDialog } from './receipt-dialog.tsx';

export interface Claim {
  readonly claim: (quest: Quest) => void;
  /** The quest whose answer is awaited. */
  readonly claimingId: string | null;
}

/** Claim a reward and show its receipt only once the service has booked it: never a promise before the fact. */
export function ClaimFlow({ children }: { readonly children: (claim: Claim) => ReactNode }) {
  const [claimingId, setClaimingId] = useState<string | null>(null);
  const [receipt, setReceipt] = useState<Receipt | null>(null);
  const [open, setOpen] = useState(false);
  const claim = async (quest: Quest): Promise<void> => {
    setClaimingId(quest.questId);
    const answer = await claimReward(quest.questId);
    setClaimingId(null);
    if (!answer.ok) return showFailure(answer.error);
    setReceipt(answer.value);
    setOpen(true);
  };
  return (
    <>
      {children({ claim: (quest) => void claim(quest), claimingId })}
      <ReceiptDialog receipt={receipt} open={open} onClose={() => setOpen(false)} fresh />
    </>
  );
}
