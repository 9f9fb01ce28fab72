/**
 * Where addresses of the old image went: a step function over the old image. Address `a`, counted from the image's
 * base, moved by the shift of the last step that starts at or before it. A page table leads to the few steps that
 * concern one page, so that a look-up costs the same whatever the number of steps.
 */

let starts: usize = 0;
let shifts: usize = 0;
let pages: usize = 0;
let stepCount: u32 = 0;
let pageBits: u32 = 12;

/** Size of the old image: no address lies at or beyond it. */
export let imageBytes: u32 = 0;

/** The step of the place that is being looked at: instructions follow each other, so it seldom changes. */
let placeStart: u32 = 1;
let placeEnd: u32 = 0;
let placeShift: i32 = 0;

/**
 * Take a map that the caller has laid out in memory.
 * @param startsAt `count` rising u32; the first is 0. At least one.
 * @param shiftsAt `count` i32.
 * @param pagesAt Room for `(imageBytes >> bits) + 2` u32.
 */
export function openMap(
  startsAt: usize,
  shiftsAt: usize,
  pagesAt: usize,
  count: u32,
  size: u32,
  bits: u32,
): void {
  starts = startsAt;
  shifts = shiftsAt;
  pages = pagesAt;
  stepCount = count;
  imageBytes = size;
  pageBits = bits;
  placeStart = 1;
  placeEnd = 0;
  fillPages();
}

/** Entry `p` is the step that holds at the first address of page `p`; one more entry ends the last page. */
function fillPages(): void {
  const pageCount = (imageBytes >> pageBits) + 2;
  let step: u32 = 0;
  for (let page: u32 = 0; page < pageCount; page++) {
    const address = <u64>page << <u64>pageBits;
    while (step + 1 < stepCount && <u64>startOf(step + 1) <= address) step++;
    store<u32>(pages + ((<usize>page) << 2), step);
  }
}

// @ts-ignore: decorator
@inline
function startOf(step: u32): u32 {
  return load<u32>(starts + ((<usize>step) << 2));
}

function findStep(address: u32): u32 {
  const page = pages + ((<usize>(address >> pageBits)) << 2);
  let low = load<u32>(page);
  let high = load<u32>(page, 4);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (startOf(middle) <= address) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** How far an address below `imageBytes` moved. */
// @ts-ignore: decorator
@inline
export function shiftOf(address: u32): i32 {
  return load<i32>(shifts + ((<usize>findStep(address)) << 2));
}

/** {@link shiftOf}, remembering the step: for addresses that come in order. */
// @ts-ignore: decorator
@inline
export function shiftOfPlace(address: u32): i32 {
  if (address < placeStart || address >= placeEnd) rememberPlace(address);
  return placeShift;
}

function rememberPlace(address: u32): void {
  if (address >= imageBytes) address = imageBytes - 1;
  const step = findStep(address);
  placeStart = startOf(step);
  placeEnd = step + 1 < stepCount ? startOf(step + 1) : u32.MAX_VALUE;
  placeShift = load<i32>(shifts + ((<usize>step) << 2));
}
