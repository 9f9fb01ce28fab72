import { KIND_BYTE, KIND_NEW, KIND_RECENT, KIND_RECENT_TO_END } from './token-models';

/**
 * The last four distances, the latest first.
 * @see docs/formats/extra-coding.md#copies
 */
export let recent0: u32 = 1;
export let recent1: u32 = 1;
export let recent2: u32 = 1;
export let recent3: u32 = 1;

export function resetRecent(): void {
  recent0 = 1;
  recent1 = 1;
  recent2 = 1;
  recent3 = 1;
}

export function setRecent(first: u32, second: u32, third: u32, fourth: u32): void {
  recent0 = first;
  recent1 = second;
  recent2 = third;
  recent3 = fourth;
}

/** Put a distance in front that was at an index; 4 and above: new. */
// @ts-ignore: decorator
@inline
export function promote(index: u32, distance: u32): void {
  if (index > 2) recent3 = recent2;
  if (index > 1) recent2 = recent1;
  if (index > 0) recent1 = recent0;
  recent0 = distance;
}

/** Which of the four a kind of copy names; 4 for none. */
// @ts-ignore: decorator
@inline
export function recentIndex(kind: u32): u32 {
  if (kind === KIND_BYTE || kind === KIND_RECENT_TO_END) return 0;
  return kind < KIND_NEW ? kind - KIND_RECENT : 4;
}

export function recentAt(index: u32): u32 {
  return index === 0 ? recent0 : index === 1 ? recent1 : index === 2 ? recent2 : recent3;
}
