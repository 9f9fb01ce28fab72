/** Numbers, sizes and times as people read them, through Intl alone. */

const locale = 'en';

const number = new Intl.NumberFormat(locale);
const points = new Intl.NumberFormat(locale, { useGrouping: 'always' });
const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
const shortList = new Intl.ListFormat(locale, { type: 'unit', style: 'narrow' });
const plainList = new Intl.ListFormat(locale, { type: 'unit', style: 'short' });
const plurals = new Intl.PluralRules(locale);
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
const dayAndTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });

const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });

const units = new Map<string, Intl.NumberFormat>();

/** One formatter per unit and length: making one costs more than using it a thousand times. */
function unit(name: string, value: number, unitDisplay: 'short' | 'long' = 'short', digits = 0): string {
  const key = `${name} ${unitDisplay} ${digits}`;
  const known = units.get(key);
  const formatter =
    known ??
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: name,
      unitDisplay,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  if (known === undefined) units.set(key, formatter);
  return formatter.format(value);
}

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** Decimal units, as on every drive's box: 1 GB is 10⁹ bytes. */
function scaleBytes(bytes: number, smallest = 0): { name: string; value: number; digits: number } {
  let index = smallest;
  let value = bytes / 1000 ** smallest;
  // 999.5 and above would round to "1000 kB", which reads as the next unit.
  while (value >= 999.5 && index < byteUnits.length - 1) {
    value /= 1000;
    index += 1;
  }
  const digits = index >= 2 && value < 99.95 ? 1 : 0;
  return { name: byteUnits[index] ?? 'byte', value, digits };
}

/** The time of day of a moment, by this computer. */
export const formatClock = (at: string): string => clock.format(new Date(at));

/** @param minute After midnight. */
export const formatTimeOfDay = (minute: number): string =>
  clock.format(new Date(2026, 0, 1, Math.floor(minute / 60), minute % 60));

export const formatNumber = (value: number): string => number.format(value);

export const formatPoints = (value: number): string => points.format(value);

/** @param fraction 0 to 1. Never shows 100 % before it is done. */
export const formatPercent = (fraction: number): string =>
  percent.format(fraction < 1 ? Math.floor(fraction * 100) / 100 : 1);

export function formatBytes(bytes: number): string {
  const { name, value, digits } = scaleBytes(bytes);
  return unit(name, value, 'short', digits);
}

/** At least in kilobytes: a speed of single bytes is none. */
export function formatSpeed(bytesPerSecond: number): string {
  const { name, value, digits } = scaleBytes(bytesPerSecond, 1);
  return unit(`${name}-per-second`, value, 'short', digits);
}

/** As lines are sold: "50 Mbit/s". Intl writes "Mb/s", which is easily taken for megabytes. */
export const formatLineSpeed = (bytesPerSecond: number): string =>
  `${number.format((bytesPerSecond * 8) / 1e6)} Mbit/s`;

/** A length of time in one or two units: "42 sec", "12 min", "3 hr, 20 min". @param seconds Not negative. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return unit('second', Math.ceil(seconds));
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return unit('minute', minutes);
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (rest === 0 || hours >= 10) return unit('hour', Math.round(minutes / 60));
  return shortList.format([unit('hour', hours), unit('minute', rest)]);
}

/** Time that has passed: rounded down, so that 9:59 of 10 minutes is not yet 10. */
export const formatElapsed = (seconds: number): string =>
  formatDuration(seconds < 60 ? Math.floor(seconds) : Math.floor(seconds / 60) * 60);

export const formatDay = (timestamp: string): string => day.format(new Date(timestamp));

export const formatDayAndTime = (timestamp: string): string => dayAndTime.format(new Date(timestamp));

const steps = [
  { name: 'minute', seconds: 60, until: 3600 },
  { name: 'hour', seconds: 3600, until: 86_400 },
  { name: 'day', seconds: 86_400, until: 604_800 },
  { name: 'week', seconds: 604_800, until: 2_592_000 },
  { name: 'month', seconds: 2_592_000, until: 31_536_000 },
  { name: 'year', seconds: 31_536_000, until: Number.POSITIVE_INFINITY },
] as const;

/** "2 hours ago", "yesterday", "last month". */
export function formatAgo(timestamp: string, now: number = Date.now()): string {
  const seconds = Math.max(0, (now - Date.parse(timestamp)) / 1000);
  if (seconds < 60) return relative.format(0, 'second');
  const step = steps.find(({ until }) => seconds < until) ?? steps[0];
  return relative.format(-Math.floor(seconds / step.seconds), step.name);
}

/** The form of a sentence for a count; `other` is the one every language has. */
export function plural(count: number, forms: { readonly one?: string; readonly other: string }): string {
  return plurals.select(count) === 'one' ? (forms.one ?? forms.other) : forms.other;
}

/** "Flying, Calm, Solo": names beside each other, without "and". */
export const formatList = (items: readonly string[]): string => plainList.format(items);
