import { drawWord } from '../lettering.ts';
import { between, createRandom } from '../random.ts';
import type { Random } from '../random.ts';
import type { SampleArt } from '../sample-game.ts';
import { disc, Picture, place, polygon, round, stroke } from '../svg.ts';

type Coat = { readonly base: string; readonly patch: string; readonly fin: string };
type Water = { readonly light: string; readonly middle: string; readonly deep: string; readonly pad: string };

const coats: readonly [Coat, Coat, Coat, Coat] = [
  { base: '#fbf3e6', patch: '#ea5f36', fin: '#fff1e0' },
  { base: '#f0873a', patch: '#ffe9cf', fin: '#ffbd84' },
  { base: '#fbf6ee', patch: '#2d3440', fin: '#ffffff' },
  { base: '#f3c65a', patch: '#fff0c0', fin: '#ffe08c' },
];
const day: Water = { light: '#3f9d92', middle: '#176a72', deep: '#07303f', pad: '#3d8f66' };
const night: Water = { light: '#2f6fa8', middle: '#14386e', deep: '#060f2c', pad: '#1f6a6a' };

/** Stillwater's key art: koi circling in deep water, lilies, rings spreading. */
export function drawStillwaterArt(): SampleArt {
  return {
    cover: drawCover(),
    hero: drawHero(),
    icon: drawStillwaterIcon(),
    screenshots: [
      drawPond('A ripple in the pond by day', day, 'day', 0),
      drawPond('Fireflies over the pond at night', night, 'night', 24),
    ],
  };
}

export function drawStillwaterIcon(): string {
  const picture = new Picture(256, 256);
  paintWater(picture, day, 120, 110);
  picture.add(...rings(128, 128, [50, 84, 116], 3));
  picture.add(koi({ x: 128, y: 128, radius: 66, from: 200, sweep: 150, girth: 22 }, coats[0]));
  picture.add(place(204, 206, 0.6, lilyPad(day.pad, 66, -2)));
  return picture.toSvg('Stillwater');
}

function drawCover(): string {
  const picture = new Picture(900, 1200);
  const random = createRandom('stillwater/cover');
  paintWater(picture, day, 450, 640);
  paintLight(picture, random);
  picture.add(...rings(450, 660, [110, 205, 300, 400, 505], 3.4));
  paintPair(picture, 450, 660, 1.18);
  paintLilies(picture, day, [
    [70, 1080, 150, 0.4],
    [245, 1150, 100, 2.2],
    [842, 980, 130, 3.6],
    [790, 1165, 150, 5.2],
    [60, 470, 84, 1],
    [868, 420, 96, 4],
  ]);
  picture.add(
    place(118, 1030, 1.25, flower()),
    place(812, 1120, 1.05, flower()),
    place(858, 402, 0.62, flower()),
  );
  picture.wash(
    picture.linear([
      [0, '#04202c', 0.85],
      [0.3, '#04202c', 0.2],
      [0.45, '#04202c', 0],
      [0.85, '#04202c', 0],
      [1, '#04202c', 0.6],
    ]),
  );
  picture.add(
    drawWord('STILLWATER', {
      x: 450,
      y: 232,
      height: 80,
      weight: 8,
      tracking: 24,
      paint: '#eafff6',
      cap: 'round',
    }),
  );
  picture.add(stroke('M300 292C350 274 400 310 450 292C500 274 550 310 600 292', '#9fe8d2', 3, 0.9));
  return picture.toSvg('Stillwater');
}

function drawHero(): string {
  const picture = new Picture(2100, 900);
  const random = createRandom('stillwater/hero');
  paintWater(picture, day, 1380, 360);
  paintLight(picture, random);
  picture.add(...rings(1380, 370, [110, 220, 340, 470, 610, 760], 3.4));
  paintPair(picture, 1380, 370, 0.98);
  picture.add(koi({ x: 620, y: 520, radius: 330, from: 250, sweep: 62, girth: 42 }, coats[3]));
  picture.add(koi({ x: 420, y: -60, radius: 330, from: 62, sweep: 50, girth: 34 }, coats[1]));
  paintLilies(picture, day, [
    [90, 420, 140, 0.4],
    [260, 560, 92, 2.2],
    [2010, 130, 170, 3.6],
    [1860, 40, 100, 5.2],
    [1990, 480, 110, 1],
    [860, 60, 84, 4.4],
  ]);
  picture.add(place(120, 392, 1.2, flower()), place(1984, 108, 1.35, flower()));
  return picture.fadeIntoPage(0.56).toSvg('Two koi circle in a clear pond between lilies');
}

function drawPond(label: string, water: Water, seed: string, fireflies: number): string {
  const picture = new Picture(1600, 900);
  const random = createRandom(`stillwater/${seed}`);
  paintWater(picture, water, 800, 430);
  paintLight(picture, random);
  const x = seed === 'day' ? 660 : 940;
  picture.add(...rings(x, 440, [80, 150, 225, 300], 3));
  paintPair(picture, x, 440, 0.62);
  picture.add(koi({ x: 1180, y: 180, radius: 250, from: 20, sweep: 52, girth: 30 }, coats[3]));
  picture.add(koi({ x: 420, y: 760, radius: 240, from: 220, sweep: 60, girth: 28 }, coats[2]));
  paintLilies(picture, water, [
    [80, 160, 120, 0.4],
    [190, 320, 76, 2.2],
    [1500, 720, 140, 3.6],
    [1370, 850, 86, 5.2],
    [1540, 140, 84, 1],
    [120, 800, 100, 4],
  ]);
  picture.add(place(96, 140, 1, flower()), place(1486, 700, 1.15, flower()));
  for (let fly = 0; fly < fireflies; fly += 1) {
    const at = { x: random() * 1600, y: random() * 900 };
    picture.glow(at.x, at.y, 34, '#e6ff9c', 0.9).disc(at.x, at.y, 3, '#fbffdc');
  }
  const edge = picture.radial([
    [0, '#020a12', 0],
    [0.6, '#020a12', 0],
    [1, '#020a12', 0.7],
  ]);
  picture.add(`<rect x="-160" y="-160" width="1920" height="1220" fill="${edge}"/>`);
  return picture.toSvg(label);
}

function paintWater(picture: Picture, water: Water, x: number, y: number): void {
  picture.wash(water.deep);
  const reach = Math.max(picture.width, picture.height) * 0.72;
  const paint = picture.radial([
    [0, water.light],
    [0.45, water.middle],
    [1, water.deep],
  ]);
  picture.disc(x, y, reach, paint);
}

/** The net of light on the floor: closed, wobbling cells. */
function paintLight(picture: Picture, random: Random): void {
  for (let cell = 0; cell < 60; cell += 1) {
    const x = random() * picture.width;
    const y = random() * picture.height;
    const size = between(random, 36, 120);
    const points = Array.from({ length: 7 }, (_, index) => {
      const turn = (index / 7) * Math.PI * 2;
      const far = size * between(random, 0.75, 1.2);
      return [x + Math.cos(turn) * far, y + Math.sin(turn) * far * 0.8] as const;
    });
    const path = points.map(([px, py], index) => {
      const [nx, ny] = points[(index + 1) % points.length]!;
      const end = `${round((px + nx) / 2)} ${round((py + ny) / 2)}`;
      return index === 0 ? `M${end}` : `Q${round(px)} ${round(py)} ${end}`;
    });
    const [fx, fy] = points[0]!;
    const [sx, sy] = points[1]!;
    picture.add(
      stroke(
        `${path.join('')}Q${round(fx)} ${round(fy)} ${round((fx + sx) / 2)} ${round((fy + sy) / 2)}`,
        '#c8fff0',
        between(random, 1.5, 6),
        between(random, 0.025, 0.075),
      ),
    );
  }
}

function paintPair(picture: Picture, x: number, y: number, scale: number): void {
  const pair = [
    koi(
      { x: 14, y: 20, radius: 172, from: 190, sweep: 150, girth: 54 },
      { base: '#02141c', patch: '#02141c', fin: '#02141c' },
      0.3,
    ),
    koi(
      { x: 14, y: 20, radius: 172, from: 10, sweep: 150, girth: 54 },
      { base: '#02141c', patch: '#02141c', fin: '#02141c' },
      0.3,
    ),
    koi({ x: 0, y: 0, radius: 172, from: 190, sweep: 150, girth: 54 }, coats[0]),
    koi({ x: 0, y: 0, radius: 172, from: 10, sweep: 150, girth: 54 }, coats[1]),
  ];
  picture.add(place(x, y, scale, pair));
}

/** A koi bent along a circle: tail at `from` degrees, head `sweep` degrees further on. */
function koi(
  bend: { x: number; y: number; radius: number; from: number; sweep: number; girth: number },
  coat: Coat,
  opacity = 1,
): string {
  const at = (t: number, out = 0) => {
    const turn = ((bend.from + bend.sweep * t) * Math.PI) / 180;
    const wave = Math.sin(t * Math.PI * 2) * bend.girth * 0.1;
    const far = bend.radius + out + wave;
    return [bend.x + Math.cos(turn) * far, bend.y + Math.sin(turn) * far] as const;
  };
  const girth = (t: number) =>
    bend.girth *
    (t > 0.78
      ? Math.sqrt(Math.max(0, 1 - ((t - 0.78) / 0.22) ** 2)) * 0.98
      : 0.12 + 0.86 * Math.sin((t / 0.78) * Math.PI * 0.5) ** 1.3);
  const steps = Array.from({ length: 49 }, (_, index) =>
    index < 32 ? index / 40 : 1 - 0.2 * ((48 - index) / 16) ** 2,
  );
  const outline = [...steps.map((t) => at(t, girth(t))), ...steps.toReversed().map((t) => at(t, -girth(t)))];
  const fin = (t: number, side: number, back: number, out: number) => {
    const [rootX, rootY] = at(t, side * girth(t) * 0.8);
    const [midX, midY] = at(t - back * 0.3, side * (girth(t) + out));
    const [tipX, tipY] = at(t - back, side * (girth(t) * 0.9 + out * 0.9));
    const [endX, endY] = at(t - back * 0.55, side * girth(t) * 0.7);
    return `<path d="M${round(rootX)} ${round(rootY)}Q${round(midX)} ${round(midY)} ${round(tipX)} ${round(tipY)}Q${round(endX)} ${round(endY)} ${round(rootX)} ${round(rootY)}Z" fill="${coat.fin}" opacity=".62"/>`;
  };
  const g = bend.girth;
  const tail = [-1, 1].map((side) => {
    const [rootX, rootY] = at(0.05, 0);
    const [midX, midY] = at(-0.1, side * g * 0.95);
    const [tipX, tipY] = at(-0.27, side * g * 0.85);
    const [backX, backY] = at(-0.12, side * g * 0.1);
    return `<path d="M${round(rootX)} ${round(rootY)}Q${round(midX)} ${round(midY)} ${round(tipX)} ${round(tipY)}Q${round(backX)} ${round(backY)} ${round(rootX)} ${round(rootY)}Z" fill="${coat.fin}" opacity=".78"/>`;
  });
  const patches = [
    [0.3, 0.5, 0.25],
    [0.52, 0.66, -0.2],
    [0.72, 0.5, 0.2],
    [0.91, 0.42, 0],
  ].map(([t = 0, size = 0, side = 0]) => {
    const [px, py] = at(t, side * girth(t));
    const turn = bend.from + bend.sweep * t;
    return `<ellipse cx="${round(px)}" cy="${round(py)}" rx="${round(girth(t) * size)}" ry="${round(girth(t) * size * 1.45)}" transform="rotate(${round(turn)} ${round(px)} ${round(py)})" fill="${coat.patch}"/>`;
  });
  const ridge = steps
    .filter((t) => t > 0.15 && t < 0.8)
    .map((t) => at(t))
    .map(([px, py]) => `${round(px)} ${round(py)}`);
  const eyes = [-1, 1].map((side) => disc(...at(0.93, side * girth(0.93) * 0.74), g * 0.075, '#14202a'));
  const parts = [
    ...tail,
    fin(0.7, 1, 0.2, g * 0.9),
    fin(0.7, -1, 0.2, g * 0.9),
    fin(0.38, 1, 0.14, g * 0.5),
    fin(0.38, -1, 0.14, g * 0.5),
    polygon(outline, coat.base),
    ...patches,
    stroke(`M${ridge.join('L')}`, coat.fin, g * 0.1, 0.55),
    ...(opacity === 1 ? eyes : []),
  ];
  return `<g${opacity === 1 ? '' : ` opacity="${opacity}"`}>${parts.join('')}</g>`;
}

function rings(x: number, y: number, radii: readonly number[], thickness: number): string[] {
  return radii.map(
    (radius, index) =>
      `<circle cx="${x}" cy="${y}" r="${radius}" fill="none" stroke="#d8fff2" stroke-width="${round(thickness * (1 - index * 0.1))}" opacity="${round(0.5 - index * 0.075)}"/>`,
  );
}

function paintLilies(
  picture: Picture,
  water: Water,
  pads: readonly (readonly [number, number, number, number])[],
): void {
  for (const [x, y, size, turn] of pads) {
    picture.add(place(x + 12, y + 22, 1, [wedge(size, turn, '#02141c', 0.35)]));
    picture.add(place(x, y, 1, lilyPad(water.pad, size, turn)));
  }
}

function lilyPad(colour: string, size: number, turn: number): string[] {
  const veins = Array.from({ length: 9 }, (_, vein) => {
    const way = turn + 0.35 + (vein / 8) * (Math.PI * 2 - 0.7);
    return `M0 0L${round(Math.cos(way) * size * 0.88)} ${round(Math.sin(way) * size * 0.88)}`;
  });
  return [
    wedge(size, turn, colour),
    wedge(size * 0.93, turn, '#ffffff', 0.06),
    stroke(veins.join(''), '#d8ffd0', 2, 0.22),
  ];
}

function wedge(size: number, turn: number, paint: string, opacity = 1): string {
  const [ax, ay] = [Math.cos(turn + 0.2) * size, Math.sin(turn + 0.2) * size];
  const [bx, by] = [Math.cos(turn - 0.2) * size, Math.sin(turn - 0.2) * size];
  return `<path d="M0 0L${round(ax)} ${round(ay)}A${size} ${size} 0 1 1 ${round(bx)} ${round(by)}Z" fill="${paint}"${opacity === 1 ? '' : ` opacity="${opacity}"`}/>`;
}

function flower(): string[] {
  const layers = [
    [10, 74, '#f58fb2'],
    [9, 58, '#ffb6cd'],
    [8, 40, '#ffd9e5'],
    [6, 24, '#fff3f6'],
  ] as const;
  return [
    ...layers.flatMap(([petals, length, colour], layer) =>
      Array.from(
        { length: petals },
        (_, petal) =>
          `<path d="M0 0Q${length * 0.5} ${round(-length * 0.36)} ${length} 0Q${length * 0.5} ${round(length * 0.36)} 0 0Z" transform="rotate(${round((petal / petals) * 360 + layer * 19)})" fill="${colour}"/>`,
      ),
    ),
    disc(0, 0, 9, '#ffcf5e'),
  ];
}
