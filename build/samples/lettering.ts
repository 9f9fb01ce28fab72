/**
 * Letters as open strokes on a box 100 high, baseline at 100: a small drawn alphabet, because an SVG
 * shown as a picture cannot load a font. Each has an advance width and path data.
 */
const strokes: Readonly<Record<string, readonly [width: number, path: string]>> = {
  A: [78, 'M0 100L39 0L78 100M14 66H64'],
  E: [56, 'M56 0H0V100H56M0 48H46'],
  I: [16, 'M8 0V100'],
  K: [66, 'M0 0V100M64 0L0 58M22 40L66 100'],
  L: [54, 'M0 0V100H54'],
  N: [72, 'M0 100V0L72 100V0'],
  O: [92, 'M46 0A46 50 0 0 1 46 100A46 50 0 0 1 46 0'],
  R: [64, 'M0 100V0H34A27 27 0 0 1 34 54H0M32 54L64 100'],
  S: [60, 'M57 17C50 4 40 0 30 0C12 0 3 10 3 24C3 58 60 40 60 75C60 91 48 100 31 100C16 100 5 93 0 80'],
  T: [68, 'M0 0H68M34 0V100'],
  W: [112, 'M0 0L28 100L56 12L84 100L112 0'],
  Y: [72, 'M0 0L36 50L72 0M36 50V100'],
};

/** A word as path data. */
export type Lettering = { readonly letters: readonly { x: number; path: string }[]; readonly width: number };

/**
 * Lay a word out in drawn letters.
 * @param tracking Space between letters in hundredths of their height.
 */
export function layLetters(word: string, tracking: number): Lettering {
  let x = 0;
  const letters = Array.from(word, (letter) => {
    const stroke = strokes[letter];
    if (!stroke) throw new RangeError(`the drawn alphabet has no letter ${letter}`);
    const placed = { x, path: stroke[1] };
    x += stroke[0] + tracking;
    return placed;
  });
  return { letters, width: x - tracking };
}

/**
 * A word as an SVG group, centred on `x`, its letters `height` tall with the baseline at `y`.
 * @param weight Stroke thickness in hundredths of the letter height.
 */
export function drawWord(
  word: string,
  place: {
    x: number;
    y: number;
    height: number;
    weight: number;
    tracking: number;
    paint: string;
    cap?: string;
  },
): string {
  const { letters, width } = layLetters(word, place.tracking);
  const scale = place.height / 100;
  const left = place.x - (width * scale) / 2;
  const paths = letters.map(({ x, path }) => `<path transform="translate(${x})" d="${path}"/>`).join('');
  return (
    `<g transform="translate(${left.toFixed(1)} ${(place.y - place.height).toFixed(1)}) scale(${scale.toFixed(4)})" ` +
    `fill="none" stroke="${place.paint}" stroke-width="${place.weight}" stroke-linejoin="round" ` +
    `stroke-linecap="${place.cap ?? 'butt'}">${paths}</g>`
  );
}
