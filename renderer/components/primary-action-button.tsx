import { Ban, Download, Pause, Play, RotateCw, Square, Wrench } from 'lucide-react';
import { useState } from 'react';
import type { LibraryGame, PrimaryAction } from '../../preload/contract.ts';
import { runPrimaryAction } from '../state/library-slice.ts';
import { text } from '../text/text.ts';
import { Button } from './button.tsx';

const icons = {
  install: Download,
  update: RotateCw,
  resume: Play,
  pause: Pause,
  play: Play,
  stop: Square,
  repair: Wrench,
  unavailable: Ban,
} as const satisfies Record<PrimaryAction, unknown>;

interface PrimaryActionButtonProps {
  readonly game: LibraryGame;
  readonly size?: 'large' | 'normal' | 'small';
  /** Lists show the verb quietly: the amber one belongs to the screen's own game. */
  readonly quiet?: boolean;
}

/** The one button of a game: always the right verb, as main decides it. */
export function PrimaryActionButton({ game, size = 'large', quiet = false }: PrimaryActionButtonProps) {
  const [asking, setAsking] = useState(false);
  const Icon = icons[game.action];
  // Holding something back is no call to action, so it is not amber.
  const calm = quiet || game.action === 'pause' || game.action === 'stop';
  const press = async (): Promise<void> => {
    setAsking(true);
    await runPrimaryAction(game);
    setAsking(false);
  };
  return (
    <Button
      look={calm ? 'quiet' : 'primary'}
      size={size}
      icon={<Icon aria-hidden fill={game.action === 'play' ? 'currentColor' : 'none'} />}
      disabled={game.action === 'unavailable'}
      aria-label={text.actionsOn[game.action](game)}
      aria-busy={asking}
      onClick={() => !asking && void press()}
    >
      {text.actions[game.action]}
    </Button>
  );
}
