import { Select } from '@base-ui/react/select';
import { Check, ChevronDown } from 'lucide-react';
import type { Choice } from './choice-field.tsx';
import styles from './select-field.module.css';

interface SelectFieldProps<Value extends string | number> {
  readonly label: string;
  readonly hint?: string;
  readonly choices: readonly Choice<Value>[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  /** `line`: label and hint at the left as in settings. `compact`: label small before the control. */
  readonly layout?: 'line' | 'compact';
}

/** One of many, behind a button. */
export function SelectField<Value extends string | number>(props: SelectFieldProps<Value>) {
  const items = props.choices.map(({ value, label }) => ({ value, label }));
  return (
    <Select.Root
      items={items}
      value={props.value}
      onValueChange={(value) => value !== null && props.onChange(value)}
    >
      <div className={props.layout === 'compact' ? styles.compact : styles.line}>
        <div>
          <Select.Label className={styles.label}>{props.label}</Select.Label>
          {props.hint !== undefined && <p className={styles.hint}>{props.hint}</p>}
        </div>
        <Select.Trigger className={styles.trigger}>
          <Select.Value />
          <Select.Icon className={styles.icon}>
            <ChevronDown aria-hidden />
          </Select.Icon>
        </Select.Trigger>
      </div>
      <Select.Portal>
        {/* A landmark of its own: the list is drawn outside the screen's. */}
        <section aria-label={props.label}>
          <Select.Positioner
            className={styles.positioner}
            sideOffset={6}
            alignItemWithTrigger={false}
            align="end"
          >
            <Select.Popup className={styles.popup}>
              <Select.List>
                {items.map((item) => (
                  <Select.Item key={item.value} value={item.value} className={styles.item}>
                    <Select.ItemText>{item.label}</Select.ItemText>
                    <Select.ItemIndicator className={styles.icon}>
                      <Check aria-hidden />
                    </Select.ItemIndicator>
                  </Select.Item>
                ))}
              </Select.List>
            </Select.Popup>
          </Select.Positioner>
        </section>
      </Select.Portal>
    </Select.Root>
  );
}
