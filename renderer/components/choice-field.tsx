import { useId, type ReactNode } from 'react';
import styles from './choice-field.module.css';

export interface Choice<Value extends string | number> {
  readonly value: Value;
  readonly label: string;
  readonly icon?: ReactNode;
}

interface ChoiceFieldProps<Value extends string | number> {
  readonly label: string;
  readonly hideLabel?: boolean;
  readonly hint?: string | undefined;
  readonly choices: readonly Choice<Value>[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  /** Show only the icons; the labels are still read out. */
  readonly iconsOnly?: boolean;
}

/** One of a few, all visible: radio buttons drawn as one control, with a radio group's keys. */
export function ChoiceField<Value extends string | number>(props: ChoiceFieldProps<Value>) {
  const name = useId();
  return (
    <fieldset
      className={styles.field}
      aria-describedby={props.hint === undefined ? undefined : `${name}-hint`}
    >
      <div className={props.hideLabel === true ? 'visually-hidden' : undefined}>
        <legend className={styles.legend}>{props.label}</legend>
        {props.hint !== undefined && (
          <p id={`${name}-hint`} className={styles.hint}>
            {props.hint}
          </p>
        )}
      </div>
      <div className={styles.choices}>
        {props.choices.map((choice) => (
          <label key={choice.value} className={styles.choice}>
            <input
              type="radio"
              name={name}
              className={styles.input}
              checked={choice.value === props.value}
              onChange={() => props.onChange(choice.value)}
            />
            {choice.icon}
            <span className={props.iconsOnly === true ? 'visually-hidden' : undefined}>{choice.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
