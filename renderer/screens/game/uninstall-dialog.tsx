import { useState } from 'react';
import type { LibraryGame } from '../../../preload/contract.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { SwitchField } from '../../components/switch-field.tsx';
import { uninstall } from '../../state/library-slice.ts';
import { text } from '../../text/text.ts';

const words = text.game.uninstall;

interface UninstallDialogProps {
  readonly game: LibraryGame;
  readonly sizeBytes: number;
  readonly open: boolean;
  readonly onClose: () => void;
}

export function UninstallDialog({ game, sizeBytes, open, onClose }: UninstallDialogProps) {
  const [keepSaves, setKeepSaves] = useState(true);
  const confirm = (): void => {
    onClose();
    void uninstall(game.gameId, keepSaves);
  };
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={words.title({ title: game.title })}
      description={words.text({ bytes: sizeBytes })}
      actions={
        <>
          <Button onClick={onClose}>{text.common.cancel}</Button>
          <Button look="danger" onClick={confirm}>
            {words.confirm}
          </Button>
        </>
      }
    >
      <div style={{ marginBlockStart: 'var(--space-5)' }}>
        <SwitchField
          label={words.keepSaves}
          hint={words.keepSavesHint}
          checked={keepSaves}
          onChange={setKeepSaves}
        />
      </div>
    </Dialog>
  );
}
