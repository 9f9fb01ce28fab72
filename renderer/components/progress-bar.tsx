import styles from './progress-bar.module.css';

interface ProgressBarProps {
  readonly label: string;
  /** 0 to 1, or null while the size of the work is not known yet. */
  readonly fraction: number | null;
  /** What is read out instead of a percentage. */
  readonly valueText?: string | undefined;
  readonly tone?: 'cool' | 'good' | 'still' | 'bad';
  readonly thickness?: 'thin' | 'normal';
}

export function ProgressBar({
  label,
  fraction,
  valueText,
  tone = 'cool',
  thickness = 'normal',
}: ProgressBarProps) {
  const percent = fraction === null ? undefined : Math.round(fraction * 100);
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={valueText}
      className={[styles.bar, styles[tone], styles[thickness]].join(' ')}
    >
      <span
        className={fraction === null ? styles.unknown : styles.fill}
        style={fraction === null ? undefined : { transform: `scaleX(${fraction})` }}
      />
    </div>
  );
}
