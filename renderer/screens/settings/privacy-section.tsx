import { SwitchField } from '../../components/switch-field.tsx';
import { updateSettings, useSettings } from '../../state/settings-slice.ts';
import { text } from '../../text/text.ts';
import styles from './section-layout.module.css';

const words = text.settings;

export function PrivacySection() {
  const telemetry = useSettings((state) => state.settings.telemetry);
  return (
    <div className={styles.fields}>
      <SwitchField
        label={words.telemetry}
        hint={words.telemetryHint}
        checked={telemetry}
        onChange={(value) => void updateSettings({ telemetry: value })}
      />
      <div>
        <h3 className={styles.title}>{words.telemetryShown}</h3>
        <ul className={styles.items}>
          {words.telemetryItems.map((item) => (
            <li key={item}>{item}</li>
          ))}
        </ul>
        <p className={styles.note}>{words.telemetryNot}</p>
      </div>
    </div>
  );
}
