import { drawWord } from '../lettering.ts';
import { between, createRandom } from '../random.ts';
import type { SampleArt } from '../sample-game.ts';
import { disc, Picture, place, polygon, round, stroke } from '../svg.ts';

type Point = readonly [x: number, y: number, depth: number];
type Thread = { readonly edge: string; readonly body: string; readonly light: string };

const gold: Thread = { edge: '#1c0610', body: '#e0a03e', light: '#ffe6a8' };
const rose: Thread = { edge: '#1c0610', body: '#b8455a', light: '#f0a0a0' };

/** Knotwork's key art: an endless golden knot on dark red cloth. */
export function drawKnotworkArt(): SampleArt {
  return {
    cover: drawCover(),
    hero: drawHero(),
    icon: drawKnotworkIcon(),
    screenshots: [
      drawBoard('A board half turned', 'wool', 7, 5, 0.6),
      drawBoard('A closed board in gold', 'gold', 9, 6, 1),
    ],
  };
}

export function drawKnotworkIcon(): string {
  const picture = new Picture(256, 256);
  paintCloth(picture, 128, 128);
  picture.add(...weave(torusKnot(2, 5, { x: 128, y: 128, radius: 70, swing: 0.42 }), gold, 17));
  return picture.toSvg('Knotwork');
}

function drawCover(): string {
  const picture = new Picture(900, 1200);
  paintCloth(picture, 450, 660);
  paintStitches(picture, 'cover');
  picture.glow(450, 690, 520, '#ffb45c', 0.35);
  picture.add(...weave(torusKnot(3, 8, { x: 450, y: 690, radius: 232, swing: 0.46 }), gold, 30));
  picture.add(...weave(torusKnot(2, 5, { x: 450, y: 690, radius: 66, swing: 0.42 }), rose, 15));
  picture.add(...frame(900, 1200));
  picture.add(
    drawWord('KNOTWORK', { x: 450, y: 232, height: 80, weight: 15, tracking: 22, paint: '#2a0712' }),
  );
  picture.add(
    drawWord('KNOTWORK', { x: 450, y: 226, height: 80, weight: 13, tracking: 22, paint: '#f6cf86' }),
  );
  picture.add(
    drawWord('KNOTWORK', { x: 450, y: 226, height: 80, weight: 2, tracking: 22, paint: '#7c2a2c' }),
  );
  return picture.toSvg('Knotwork');
}

function drawHero(): string {
  const picture = new Picture(2100, 900);
  paintCloth(picture, 1350, 360);
  paintStitches(picture, 'hero');
  picture.glow(1380, 360, 640, '#ffb45c', 0.4);
  picture.add(
    `<g opacity=".5">${weave(torusKnot(3, 7, { x: 300, y: 250, radius: 210, swing: 0.44 }), rose, 24).join('')}</g>`,
  );
  picture.add(
    `<g opacity=".28">${weave(torusKnot(2, 7, { x: 820, y: 620, radius: 150, swing: 0.4 }), rose, 18).join('')}</g>`,
  );
  picture.add(...weave(torusKnot(3, 8, { x: 1400, y: 350, radius: 222, swing: 0.46 }), gold, 28));
  picture.add(...weave(torusKnot(2, 5, { x: 1400, y: 350, radius: 58, swing: 0.42 }), rose, 14));
  picture.add(
    `<g opacity=".5">${weave(torusKnot(2, 9, { x: 1960, y: 160, radius: 130, swing: 0.42 }), rose, 18).join('')}</g>`,
  );
  return picture.fadeIntoPage(0.56).toSvg('A golden endless knot on dark red cloth');
}

/** A knot wound on a ring: `turns` times round the middle, `loops` times in and out. */
function torusKnot(
  turns: number,
  loops: number,
  ring: { x: number; y: number; radius: number; swing: number },
): Point[] {
  const steps = loops * 40;
  return Array.from({ length: steps }, (_, step) => {
    const t = (step / steps) * Math.PI * 2;
    const far = ring.radius * (1 + ring.swing * Math.cos(loops * t));
    const turn = turns * t - Math.PI / 2;
    return [ring.x + Math.cos(turn) * far, ring.y + Math.sin(turn) * far, Math.sin(loops * t)];
  });
}

/**
 * Draw a closed thread from its deepest stretches to its highest, so it passes over and under itself.
 * Each stretch's body reaches a little further than its dark edge, which hides where two stretches meet.
 */
function weave(points: readonly Point[], thread: Thread, thickness: number): string[] {
  const bands = 5;
  const bandOf = (depth: number) => Math.min(bands - 1, Math.floor(((depth + 1) / 2) * bands));
  const shapes: string[] = [];
  for (let band = 0; band < bands; band += 1) {
    const runs = findRuns(points, (point) => bandOf(point[2]) === band);
    const line = (paint: string, width: number, reach: number) =>
      `<path d="${runs.map((run) => traceRun(points, run, reach)).join('')}" fill="none" stroke="${paint}" stroke-width="${round(width)}" stroke-linejoin="round"/>`;
    shapes.push(
      line(thread.edge, thickness * 1.32, 0),
      line(thread.body, thickness, 1),
      line(thread.light, thickness * 0.2, 1),
    );
  }
  return shapes;
}

type Run = { readonly from: number; readonly length: number };

/** Stretches of a closed line whose points all belong. */
function findRuns(points: readonly Point[], belongs: (point: Point) => boolean): Run[] {
  const count = points.length;
  const at = (index: number) => belongs(points[(index + count) % count]!);
  const starts = points.map((_, index) => index).filter((index) => at(index) && !at(index - 1));
  return starts.map((from) => {
    let length = 1;
    while (at(from + length)) length += 1;
    return { from, length };
  });
}

function traceRun(points: readonly Point[], { from, length }: Run, reach: number): string {
  const count = points.length;
  const steps = Array.from({ length: length + 1 + reach * 2 }, (_, step) => {
    const [x, y] = points[(from + step - reach + count) % count]!;
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${steps.join('L')}`;
}

function paintCloth(picture: Picture, x: number, y: number): void {
  picture.wash('#1a0710');
  const reach = Math.max(picture.width, picture.height) * 0.75;
  picture.disc(
    x,
    y,
    reach,
    picture.radial([
      [0, '#8a2b38'],
      [0.4, '#5c1a2a'],
      [1, '#1a0710'],
    ]),
  );
}

/** A quiet running stitch over the whole cloth, broken here and there. */
function paintStitches(picture: Picture, seed: string): void {
  const random = createRandom(`knotwork/${seed}`);
  for (let row = 0; row * 22 < picture.height; row += 1) {
    const y = row * 22 + 8;
    const offset = row % 2 === 0 ? 0 : 11;
    picture.add(
      `<path d="M${offset - 22} ${y}H${picture.width}" stroke="#ffcfae" stroke-width="2.4" stroke-dasharray="9 13" stroke-linecap="round" opacity="${round(between(random, 0.03, 0.09))}"/>`,
    );
  }
}

function frame(width: number, height: number): string[] {
  const inset = (by: number) => `M${by} ${by}H${width - by}V${height - by}H${by}Z`;
  const corners = [
    [64, 64],
    [width - 64, 64],
    [64, height - 64],
    [width - 64, height - 64],
  ].map(([x = 0, y = 0]) => weave(torusKnot(2, 5, { x, y, radius: 24, swing: 0.42 }), gold, 7).join(''));
  return [
    stroke(inset(64), '#1c0610', 9),
    stroke(inset(64), '#c98a34', 5),
    stroke(inset(84), '#c98a34', 1.6, 0.6),
    ...corners,
  ];
}

function drawBoard(label: string, seed: string, columns: number, rows: number, closed: number): string {
  const picture = new Picture(1600, 900);
  const random = createRandom(`knotwork/board/${seed}`);
  paintCloth(picture, 800, 430);
  paintStitches(picture, seed);
  const cell = Math.min(104, 660 / rows);
  const left = 800 - (columns * cell) / 2;
  const top = 470 - (rows * cell) / 2;
  const tiles = weaveTiles(random, columns, rows);
  tiles.forEach((bits, index) => {
    const x = left + ((index % columns) + 0.5) * cell;
    const y = top + (Math.floor(index / columns) + 0.5) * cell;
    const solved = random() < closed;
    const turn = solved ? 0 : 90 * (1 + Math.floor(random() * 3));
    const ground = polygon(
      [
        [-0.47, -0.47],
        [0.47, -0.47],
        [0.47, 0.47],
        [-0.47, 0.47],
      ].map(([a = 0, b = 0]) => [a * cell, b * cell] as const),
      '#ffe2be',
      0.05,
    );
    picture.add(
      place(
        x,
        y,
        1,
        [
          ground,
          ...tileShapes(bits, cell, solved ? gold : { edge: '#1c0610', body: '#b97a5c', light: '#edc6a0' }),
        ],
        turn,
      ),
    );
  });
  const face = 'font-family="Georgia,Times New Roman,serif" text-anchor="middle" fill="#f6dcae"';
  picture.add(
    `<text x="800" y="72" ${face} font-size="30" font-weight="600">${seed === 'wool' ? 'Book of Wool · 12 of 40' : 'Book of Gold · 67 of 70'}</text>`,
    `<text x="800" y="862" ${face} font-size="22" opacity=".75">${closed === 1 ? 'Every thread is closed' : 'Turn the tiles until no thread ends loose'}</text>`,
  );
  return picture.toSvg(label);
}

function weaveTiles(random: () => number, columns: number, rows: number): number[] {
  const tiles = Array.from({ length: columns * rows }, () => 0);
  tiles.forEach((_, at) => {
    if ((at % columns) + 1 < columns && random() < 0.62) {
      tiles[at]! |= 2;
      tiles[at + 1]! |= 8;
    }
    if (at + columns < tiles.length && random() < 0.62) {
      tiles[at]! |= 4;
      tiles[at + columns]! |= 1;
    }
  });
  return tiles;
}

function tileShapes(bits: number, cell: number, thread: Thread): string[] {
  const ends = (
    [
      [0, -1],
      [1, 0],
      [0, 1],
      [-1, 0],
    ] as const
  ).filter((_, arm) => (bits >> arm) & 1);
  const half = cell / 2;
  const [a, b] = ends;
  const bent = ends.length === 2 && a && b && a[0] !== -b[0];
  const path = bent
    ? `M${a[0] * half} ${a[1] * half}Q0 0 ${b[0] * half} ${b[1] * half}`
    : ends.map(([x, y]) => `M${x * half} ${y * half}L0 0`).join('');
  const line = (paint: string, width: number) =>
    `<path d="${path}" fill="none" stroke="${paint}" stroke-width="${round(cell * width)}" stroke-linejoin="round"/>`;
  const knob = (paint: string, radius: number) =>
    bent || ends.length === 0 || (ends.length === 2 && !bent) ? '' : disc(0, 0, cell * radius, paint);
  return [
    line(thread.edge, 0.37),
    knob(thread.edge, ends.length === 1 ? 0.28 : 0.185),
    line(thread.body, 0.28),
    knob(thread.body, ends.length === 1 ? 0.24 : 0.14),
    line(thread.light, 0.07),
    knob(thread.light, ends.length === 1 ? 0.1 : 0.035),
  ];
}
