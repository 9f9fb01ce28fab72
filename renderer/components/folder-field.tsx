import { FolderOpen } from 'lucide-react';
import { useState } from 'react';
import type { RequestArgument } from '../../preload/contract.ts';
import { chooseFolder, useLauncher } from '../state/launcher-slice.ts';
import { text } from '../text/text.ts';
import { Button } from './button.tsx';
import styles from './folder-field.module.css';
import { TextField } from './text-field.tsx';

interface FolderFieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly problem?: string | null;
  readonly purpose: RequestArgument<'launcher:choose-folder'>['purpose'];
  readonly value: string;
  /** Where the system's window begins while nothing is written. */
  readonly startAt: string;
  readonly maxLength: number;
  readonly readOnly?: boolean;
  readonly onChange: (folder: string) => void;
}

/** A folder, written or chosen in the system's own window where it has one. */
export function FolderField({
  purpose,
  value,
  startAt,
  readOnly = false,
  onChange,
  ...field
}: FolderFieldProps) {
  const canChoose = useLauncher((launcher) => launcher.choosesFolders);
  const [choosing, setChoosing] = useState(false);
  const choose = async (): Promise<void> => {
    if (choosing || readOnly) return;
    setChoosing(true);
    const folder = await chooseFolder({ purpose, startAt: value.trim() || startAt });
    setChoosing(false);
    if (folder !== null) onChange(folder);
  };
  return (
    <TextField
      {...field}
      value={value}
      readOnly={readOnly}
      spellCheck={false}
      onChange={(event) => onChange(event.target.value)}
      after={
        canChoose && (
          <Button
            size="small"
            className={styles.choose}
            icon={<FolderOpen aria-hidden />}
            aria-label={text.common.chooseFolder({ label: field.label })}
            aria-disabled={choosing || readOnly ? true : undefined}
            onClick={() => void choose()}
          >
            {text.common.choose}
          </Button>
        )
      }
    />
  );
}
