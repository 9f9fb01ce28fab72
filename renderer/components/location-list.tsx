import { useId } from 'react';
import type { SettingsState } from '../../preload/contract.ts';
import { text } from '../text/text.ts';
import styles from './location-list.module.css';
import { ProgressBar } from './progress-bar.tsx';

interface LocationListProps {
  /** Folders with the space of the drive each is on. */
  readonly locations: SettingsState['locations'];
  /** The folder chosen; one that is not in the list leaves all unchosen. */
  readonly value: string;
  readonly onChange: (folder: string) => void;
}

/** Folders on the drives of this computer as radio buttons, each with what is free there. */
export function LocationList({ locations, value, onChange }: LocationListProps) {
  const name = useId();
  return (
    <div className={styles.locations}>
      {locations.map(({ folder, freeBytes, totalBytes }) => {
        const space = text.settings.free({ free: freeBytes, total: totalBytes });
        return (
          <label key={folder} className={styles.location}>
            <input type="radio" name={name} checked={folder === value} onChange={() => onChange(folder)} />
            <span className={styles.words}>
              <span className={styles.folder}>{folder}</span>
              <span className={styles.hint}>{space}</span>
            </span>
            <span className={styles.space}>
              <ProgressBar
                label={folder}
                fraction={totalBytes === 0 ? 0 : 1 - freeBytes / totalBytes}
                valueText={space}
                tone={freeBytes < totalBytes * 0.05 ? 'bad' : 'still'}
                thickness="thin"
              />
            </span>
          </label>
        );
      })}
    </div>
  );
}
