import { drawWord } from '../lettering.ts';
import { between, createRandom } from '../random.ts';
import type { Random } from '../random.ts';
import type { SampleArt } from '../sample-game.ts';
import { disc, Picture, polygon, round, stroke } from '../svg.ts';

type Machine = {
  readonly x: number;
  readonly y: number;
  readonly unit: number;
  readonly squash: number;
  readonly tilt: number;
};
type Body = {
  readonly orbit: number;
  readonly at: number;
  readonly size: number;
  readonly colour: string;
  readonly belt?: boolean;
};

const bodies: readonly Body[] = [
  { orbit: 0.3, at: 3.9, size: 0.026, colour: '#f2c078' },
  { orbit: 0.42, at: 0.7, size: 0.036, colour: '#e88c6a' },
  { orbit: 0.55, at: 2.5, size: 0.04, colour: '#7fc4c9' },
  { orbit: 0.68, at: 5.4, size: 0.032, colour: '#d96a5c' },
  { orbit: 0.84, at: 1.35, size: 0.078, colour: '#e8cf9a', belt: true },
  { orbit: 1, at: 3.35, size: 0.056, colour: '#b79be0' },
];

/** Orrery's key art: brass rings and glowing planets before a nebula. */
export function drawOrreryArt(): SampleArt {
  return {
    cover: drawCover(),
    hero: drawHero(),
    icon: drawOrreryIcon(),
    screenshots: [
      drawDial('Six planets, six notes', 6, ['#1c1a48', '#8a4a78']),
      drawDial('The comet of version 1.0', 7, ['#0c2444', '#2f7a86']),
    ],
  };
}

export function drawOrreryIcon(): string {
  const picture = new Picture(256, 256);
  paintNebula(picture, createRandom('orrery/icon'), 3);
  const machine = { x: 128, y: 128, unit: 100, squash: 0.8, tilt: -24 };
  paintMachine(
    picture,
    machine,
    bodies.filter((_, index) => index % 2 === 0),
    1.25,
  );
  return picture.toSvg('Orrery');
}

function drawCover(): string {
  const picture = new Picture(900, 1200);
  const random = createRandom('orrery/cover');
  paintNebula(picture, random, 13);
  paintMachine(picture, { x: 450, y: 690, unit: 400, squash: 0.62, tilt: -22 }, bodies, 1);
  picture.wash(
    picture.linear([
      [0, '#070618', 0.75],
      [0.3, '#070618', 0.1],
      [0.8, '#070618', 0],
      [1, '#070618', 0.8],
    ]),
  );
  picture.add(drawWord('ORRERY', { x: 450, y: 236, height: 104, weight: 7, tracking: 40, paint: '#ffe3ad' }));
  picture.add(
    stroke('M190 296H410M490 296H710', '#d9a95c', 2, 0.9),
    disc(450, 296, 9, '#ffd68c'),
    disc(428, 296, 3, '#d9a95c'),
    disc(472, 296, 3, '#d9a95c'),
  );
  return picture.toSvg('Orrery');
}

function drawHero(): string {
  const picture = new Picture(2100, 900);
  const random = createRandom('orrery/hero');
  paintNebula(picture, random, 18);
  paintMachine(picture, { x: 1330, y: 350, unit: 600, squash: 0.44, tilt: -12 }, bodies, 0.8);
  return picture.fadeIntoPage(0.58).toSvg('A brass orrery with glowing planets before a nebula');
}

function drawDial(label: string, count: number, [inner, outer]: readonly [string, string]): string {
  const picture = new Picture(1600, 900);
  const random = createRandom(`orrery/dial/${count}`);
  picture
    .wash('#0a0820')
    .glow(360, 240, 1000, outer, 0.8)
    .glow(1320, 700, 1000, inner, 1)
    .glow(1240, 160, 620, outer, 0.4);
  picture.stars(random, 260, 900).glow(800, 466, 560, '#ffb45a', 0.3);
  picture.add(stroke('M800 400V30', '#ffe2a0', 2, 0.5));
  picture.glow(800, 466, 230, '#ffb45a', 1).disc(800, 466, 38, '#fff0c8');
  const colours = [...bodies.map((body) => body.colour), '#8fd0ff'];
  for (let ring = 0; ring < count; ring += 1) {
    const radius = 430 * (0.24 + (ring / count) * 0.76);
    const dashes = ring === 6 ? ' stroke-dasharray="4 12"' : '';
    picture.add(
      `<circle cx="800" cy="466" r="${round(radius)}" fill="none" stroke="#d6be8c" stroke-width="1.6" opacity=".6"${dashes}/>`,
    );
    const planets = 1 + (ring % 3);
    for (let planet = 0; planet < planets; planet += 1) {
      const turn = ring === 4 && planet === 0 ? -Math.PI / 2 : ring * 1.7 + (planet / planets) * Math.PI * 2;
      const at = { x: 800 + Math.cos(turn) * radius, y: 466 + Math.sin(turn) * radius };
      const ringing = ring === 4 && planet === 0;
      picture.glow(at.x, at.y, ringing ? 120 : 48, '#ffecbe', ringing ? 0.9 : 0.45);
      paintPlanet(picture, at.x, at.y, 17 + (ring % 4) * 6, colours[ring]!, { x: 800, y: 466 }, ring === 4);
    }
  }
  return picture.toSvg(label);
}

function paintNebula(picture: Picture, random: Random, clouds: number): void {
  const { width, height } = picture;
  picture.wash(
    picture.linear([
      [0, '#0b0a24'],
      [0.5, '#1a1444'],
      [1, '#0a0820'],
    ]),
  );
  for (let cloud = 0; cloud < clouds; cloud += 1) {
    const colour = ['#7a3f8f', '#c4627a', '#33509a', '#e08a6a'][cloud % 4]!;
    picture.glow(
      random() * width,
      between(random, 0.15, 0.95) * height,
      between(random, 0.25, 0.5) * Math.max(width, height) * 0.75,
      colour,
      between(random, 0.18, 0.42),
    );
  }
  picture.stars(random, Math.round((width * height) / 5200), height, '#fff4dc');
}

function paintMachine(picture: Picture, machine: Machine, shown: readonly Body[], heavy: number): void {
  const { x, y, unit } = machine;
  picture.add(dial(machine, heavy));
  for (const body of shown) picture.add(arc(machine, body.orbit, 'back', heavy));
  const back = shown.filter((body) => Math.sin(body.at) < 0);
  const front = shown.filter((body) => Math.sin(body.at) >= 0);
  for (const body of back) paintBody(picture, machine, body, heavy);
  picture.glow(x, y, unit * 0.62, '#ffb45a', 0.9).glow(x, y, unit * 0.3, '#fff0c0', 1);
  picture.disc(
    x,
    y,
    unit * 0.125,
    picture.radial([
      [0, '#fffbe8'],
      [0.6, '#ffe2a0'],
      [1, '#ffc060'],
    ]),
  );
  for (const body of shown) picture.add(arc(machine, body.orbit, 'front', heavy));
  for (const body of front) paintBody(picture, machine, body, heavy);
}

/** The outer ring with its degree marks. */
function dial(machine: Machine, heavy: number): string {
  const { x, y, unit, squash, tilt } = machine;
  const marks = Array.from({ length: 120 }, (_, mark) => {
    const turn = (mark / 120) * Math.PI * 2;
    const inner = mark % 10 === 0 ? 1.09 : 1.13;
    const [c, s] = [Math.cos(turn) * unit, Math.sin(turn) * unit * squash];
    return `M${round(c * inner)} ${round(s * inner)}L${round(c * 1.16)} ${round(s * 1.16)}`;
  });
  const ring = (radius: number, width: number, opacity: number) =>
    `<ellipse rx="${round(unit * radius)}" ry="${round(unit * radius * squash)}" fill="none" stroke="#e0b066" stroke-width="${round(width * heavy)}" opacity="${opacity}"/>`;
  return `<g transform="translate(${x} ${y}) rotate(${tilt})">${ring(1.18, 5, 0.9)}${ring(1.2, 1.5, 0.6)}${ring(1.07, 1.5, 0.7)}${stroke(marks.join(''), '#f0cd8c', 1.8 * heavy, 0.75)}</g>`;
}

function arc(
  { x, y, unit, squash, tilt }: Machine,
  orbit: number,
  half: 'back' | 'front',
  heavy: number,
): string {
  const rx = round(unit * orbit);
  const ry = round(unit * orbit * squash);
  const path =
    half === 'back' ? `M${-rx} 0A${rx} ${ry} 0 0 1 ${rx} 0` : `M${rx} 0A${rx} ${ry} 0 0 1 ${-rx} 0`;
  const paint = half === 'back' ? '#a87a44' : '#f0c27a';
  return `<g transform="translate(${x} ${y}) rotate(${tilt})">${stroke(path, '#2a1830', 7 * heavy, 0.5)}${stroke(path, paint, 3.4 * heavy)}</g>`;
}

function paintBody(picture: Picture, machine: Machine, body: Body, heavy: number): void {
  const turn = (machine.tilt * Math.PI) / 180;
  const u = Math.cos(body.at) * machine.unit * body.orbit;
  const v = Math.sin(body.at) * machine.unit * body.orbit * machine.squash;
  const x = machine.x + u * Math.cos(turn) - v * Math.sin(turn);
  const y = machine.y + u * Math.sin(turn) + v * Math.cos(turn);
  const size = machine.unit * body.size * (1 + Math.sin(body.at) * 0.2) * Math.max(1, heavy * 0.9);
  picture.glow(x, y, size * 3.4, body.colour, 0.5);
  paintPlanet(picture, x, y, size, body.colour, machine, body.belt ?? false);
}

function paintPlanet(
  picture: Picture,
  x: number,
  y: number,
  size: number,
  colour: string,
  sun: { x: number; y: number },
  belt: boolean,
): void {
  const away = Math.atan2(y - sun.y, x - sun.x);
  const shade = (share: number, opacity: number) => {
    const points = Array.from({ length: 25 }, (_, step) => {
      const turn = -Math.PI / 2 + (step / 24) * Math.PI;
      return [Math.cos(turn), Math.sin(turn)] as const;
    });
    const inside = points.toReversed().map(([c, s]) => [c * share, s] as const);
    const spun = [...points, ...inside].map(
      ([c, s]) =>
        [
          x + (c * Math.cos(away) - s * Math.sin(away)) * size,
          y + (c * Math.sin(away) + s * Math.cos(away)) * size,
        ] as const,
    );
    return polygon(spun, '#0e0a2c', opacity);
  };
  if (belt) picture.add(beltHalf(x, y, size, 'back'));
  picture
    .disc(x, y, size, colour)
    .disc(x - Math.cos(away) * size * 0.4, y - Math.sin(away) * size * 0.4, size * 0.45, '#ffffff', 0.22);
  picture.add(shade(-0.55, 0.16), shade(-0.25, 0.2), shade(0.1, 0.24), shade(0.45, 0.28));
  if (belt) picture.add(beltHalf(x, y, size, 'front'));
}

function beltHalf(x: number, y: number, size: number, half: 'front' | 'back'): string {
  const [rx, ry] = [round(size * 1.95), round(size * 0.5)];
  const path = `M${-rx} 0A${rx} ${ry} 0 0 ${half === 'front' ? 0 : 1} ${rx} 0`;
  return `<path d="${path}" transform="translate(${round(x)} ${round(y)}) rotate(-24)" fill="none" stroke="#ffe9c0" stroke-width="${round(size * 0.2)}" opacity="${half === 'front' ? 0.95 : 0.55}"/>`;
}
