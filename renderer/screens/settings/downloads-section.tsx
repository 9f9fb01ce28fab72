import type { Settings } from '../../../preload/contract.ts';
import { ChoiceField } from '../../components/choice-field.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { SwitchField } from '../../components/switch-field.tsx';
import { updateSettings, useSettings } from '../../state/settings-slice.ts';
import { formatNumber, formatSpeed, formatTimeOfDay } from '../../text/format.ts';
import { text } from '../../text/text.ts';
import styles from './section-layout.module.css';
import { useKeptTotal } from './use-kept-total.ts';

const words = text.settings;

/** Bytes per second; 0 is no limit. The usual home lines, in steps one can feel. */
const limits = [0, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000];

const routes = (['balanced', 'bytes', 'time'] as const).map((value) => ({
  value,
  label: words.routes[value],
}));

const atOnce = [1, 2, 3, 4].map((value) => ({ value, label: formatNumber(value) }));

/** When most lines are idle and most players asleep. */
const NIGHT = { startMinute: 2 * 60, endMinute: 6 * 60 };
const HALF_HOURS = Array.from({ length: 48 }, (_, index) => index * 30);

export function DownloadsSection() {
  const settings = useSettings((state) => state.settings);
  const { downloadLimitBytesPerSecond, downloadsAtOnce, slowWhilePlaying } = settings;
  const { keepPrevious, downloadWindow, routePreference } = settings;
  const kept = useKeptTotal();
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
      <SwitchField
        label={words.keepPrevious}
        hint={kept === null ? words.keepPreviousHint : `${words.keepPreviousHint} ${words.keptNow(kept)}`}
        checked={keepPrevious}
        onChange={(value) => void updateSettings({ keepPrevious: value })}
      />
      <ChoiceField
        label={words.route}
        hint={words.routeHint}
        choices={routes}
        value={routePreference}
        onChange={(value) => void updateSettings({ routePreference: value })}
      />
      <SwitchField
        label={words.window}
        hint={words.windowHint}
        checked={downloadWindow !== null}
        onChange={(on) => void updateSettings({ downloadWindow: on ? NIGHT : null })}
      />
      {downloadWindow !== null && <WindowHours window={downloadWindow} />}
    </div>
  );
}

function WindowHours({ window }: { readonly window: NonNullable<Settings['downloadWindow']> }) {
  const { startMinute, endMinute } = window;
  // A minute set elsewhere, as by the command line, stays choosable.
  const choices = [...new Set([...HALF_HOURS, startMinute, endMinute])]
    .sort((a, b) => a - b)
    .map((value) => ({ value, label: formatTimeOfDay(value) }));
  return (
    <>
      <SelectField
        label={words.windowFrom}
        choices={choices}
        value={startMinute}
        onChange={(value) => void updateSettings({ downloadWindow: { endMinute, startMinute: value } })}
      />
      <SelectField
        label={words.windowTo}
        hint={words.windowToHint}
        choices={choices}
        value={endMinute}
        onChange={(value) => void updateSettings({ downloadWindow: { startMinute, endMinute: value } })}
      />
    </>
  );
}
