import { useEffect } from 'react';
import { openQuickSwitch } from '../shell/quick-switch-state.ts';
import { moveFocus, type Direction } from './spatial-focus.ts';

/** The standard mapping's button numbers. @see https://w3c.github.io/gamepad/#remapping */
const buttons = { south: 0, east: 1, north: 3, up: 12, down: 13, left: 14, right: 15 } as const;

/** Held directions repeat: first after 400 ms, so that a press is one step, then 8 times a second. */
const repeatFirstMs = 400;
const repeatMs = 125;

/** How far a stick has to lean, of 1, before it counts as a direction. */
const stickThreshold = 0.6;

/**
 * Let a gamepad drive the focus: d-pad or stick moves, the south button presses, east goes back, north finds.
 * Polls only while a gamepad is connected and the window is seen.
 */
export function useGamepad(): void {
  useEffect(() => {
    let frame = 0;
    const reader = createReader();
    const poll = (now: number): void => {
      const pad = navigator.getGamepads().find((candidate) => candidate !== null);
      if (pad === undefined || pad === null) {
        frame = 0;
        return;
      }
      for (const step of reader(pad, now)) run(step);
      frame = requestAnimationFrame(poll);
    };
    const start = (): void => {
      if (frame === 0) frame = requestAnimationFrame(poll);
    };
    window.addEventListener('gamepadconnected', start);
    return () => {
      window.removeEventListener('gamepadconnected', start);
      cancelAnimationFrame(frame);
    };
  }, []);
}

type Step = Direction | 'press' | 'back' | 'find';

function run(step: Step): void {
  const focused = document.activeElement;
  switch (step) {
    case 'press':
      if (focused instanceof HTMLElement) focused.click();
      return;
    case 'back':
      return goBack(focused);
    case 'find':
      return openQuickSwitch();
    default:
      moveFocus(step);
  }
}

/** Close what is open, else go to the place before. */
function goBack(focused: Element | null): void {
  const overlay = document.querySelector('[role="dialog"], [role="menu"], [role="listbox"]');
  if (overlay === null) return window.history.back();
  (focused ?? overlay).dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
}

interface PadLike {
  readonly buttons: readonly { readonly pressed: boolean }[];
  readonly axes: readonly number[];
}

/** @returns A reader that turns a gamepad's state over time into steps, with repeats for held directions. */
export function createReader(): (pad: PadLike, nowMs: number) => Step[] {
  const dueAt = new Map<Step, number>();
  return (pad, nowMs) => {
    const steps: Step[] = [];
    for (const [step, held] of heldSteps(pad)) {
      if (!held) {
        dueAt.delete(step);
        continue;
      }
      const due = dueAt.get(step);
      if (due !== undefined && nowMs < due) continue;
      steps.push(step);
      dueAt.set(step, due === undefined ? nowMs + repeatFirstMs : nowMs + repeatMs);
      // Only directions repeat: a held button must not press twice.
      if (step === 'press' || step === 'back' || step === 'find') dueAt.set(step, Number.POSITIVE_INFINITY);
    }
    return steps;
  };
}

function heldSteps(pad: PadLike): readonly (readonly [Step, boolean])[] {
  const pressed = (index: number): boolean => pad.buttons[index]?.pressed ?? false;
  const [x = 0, y = 0] = pad.axes;
  return [
    ['up', pressed(buttons.up) || y < -stickThreshold],
    ['down', pressed(buttons.down) || y > stickThreshold],
    ['left', pressed(buttons.left) || x < -stickThreshold],
    ['right', pressed(buttons.right) || x > stickThreshold],
    ['press', pressed(buttons.south)],
    ['back', pressed(buttons.east)],
    ['find', pressed(buttons.north)],
  ];
}
