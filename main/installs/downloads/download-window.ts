import type { Settings } from '../../../preload/contract.ts';

/** The hours in which updates that keep to them may run, in minutes after midnight by this computer's clock. */
export type DownloadWindow = NonNullable<Settings['downloadWindow']>;

/** True while the window is open. One that ends before it begins spans midnight; equal ends are the whole day. */
export function isWindowOpen({ startMinute, endMinute }: DownloadWindow, at: Date): boolean {
  const minute = at.getHours() * 60 + at.getMinutes();
  if (startMinute === endMinute) return true;
  return startMinute < endMinute
    ? minute >= startMinute && minute < endMinute
    : minute >= startMinute || minute < endMinute;
}

/**
 * When a closed window opens next, in the same local time: a day that a clock change makes longer or shorter moves with it.
 * @returns `at` itself while the window is open.
 */
export function nextOpening(window: DownloadWindow, at: Date): Date {
  if (isWindowOpen(window, at)) return at;
  const [hours, minutes] = [Math.floor(window.startMinute / 60), window.startMinute % 60];
  const today = new Date(at.getFullYear(), at.getMonth(), at.getDate(), hours, minutes);
  return today > at ? today : new Date(at.getFullYear(), at.getMonth(), at.getDate() + 1, hours, minutes);
}
