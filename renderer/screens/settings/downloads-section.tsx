import { ChoiceField } from '../../components/choice-field.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { SwitchField } from '../../components/switch-field.tsx';
import { updateSettings, useSettings } from '../../state/settings-slice.ts';
import { formatNumber, formatSpeed } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './section-layout.module.css';

const words = text.settings;

/** Bytes per second; 0 is no limit. The usual home lines, in steps one can feel. */
const limits = [0, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000];

const atOnce = [1, 2, 3, 4].map((value) => ({ value, label: formatNumber(value) }));

export function DownloadsSection() {
  const { downloadLimitBytesPerSecond, downloadsAtOnce, slowWhilePlaying } = useSettings(
    (state) => state.settings,
  );
  // A limit set elsewhere, as by the command line, stays choosable.
  const choices = [...new Set([...limits, downloadLimitBytesPerSecond])]
    .sort((a, b) => a - b)
    .map((value) => ({ value, label: value === 0 ? words.noLimit : formatSpeed(value) }));
  return (
    <div className={styles.fields}>
      <SelectField
        label={words.limit}
        hint={words.limitHint}
        choices={choices}
        value={downloadLimitBytesPerSecond}
        onChange={(value) => void updateSettings({ downloadLimitBytesPerSecond: value })}
      />
      <ChoiceField
        label={words.atOnce}
        hint={words.atOnceHint}
        choices={atOnce}
        value={downloadsAtOnce}
        onChange={(value) => void updateSettings({ downloadsAtOnce: value })}
      />
      <SwitchField
        label={words.slowWhilePlaying}
        hint={words.slowWhilePlayingHint}
        checked={slowWhilePlaying}
        onChange={(value) => void updateSettings({ slowWhilePlaying: value })}
      />
    </div>
  );
}
