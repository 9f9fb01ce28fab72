import { Check } from 'lucide-react';
import type { Download } from '../../../preload/contract.ts';
import { text } from '../../text/text.ts';
import styles from './phase-stepper.module.css';
import { stepsOf } from './phase-steps.ts';

const words = text.downloads;

export function PhaseStepper({ download }: { readonly download: Download }) {
  return (
    <ol className={styles.steps} aria-label={words.stepsLabel}>
      {stepsOf(download).map(({ phase, state }) => (
        <li
          key={phase}
          className={styles.step}
          data-state={state}
          aria-current={state === 'now' ? 'step' : undefined}
        >
          <span className={styles.dot}>{state === 'done' && <Check aria-hidden />}</span>
          {words.phases[phase]}
          {state === 'done' && <span className="visually-hidden"> ({words.stepDone})</span>}
        </li>
      ))}
    </ol>
  );
}
