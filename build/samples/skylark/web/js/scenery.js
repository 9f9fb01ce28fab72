import { css } from './colour.js';
import { hash } from './sparks.js';

/** World pixels between two places where something may stand. */
const spacing = 210;

/** Trees, mills, stones and lamp posts on the hills, and the beacons between the legs. */
export function paintScenery(context, { route, fromX, toX, now, colours, litLegs }) {
  for (let cell = Math.max(1, Math.floor(fromX / spacing) - 1); cell * spacing < toX + 200; cell += 1) {
    const x = cell * spacing + hash(cell * 1.7) * 150;
    const kind = hash(cell * 3.1);
    const { from, to, share } = route.blendAt(x);
    const country = share > 0.5 ? to : from;
    const draw =
      kind < 0.5 ? figures[country.flora] : kind < 0.62 ? figures.mill : kind < 0.7 ? figures.house : null;
    if (!draw) continue;
    context.save();
    context.translate(x, route.groundY(x) + 4);
    const size = 0.7 + hash(cell * 5.3) * 0.7;
    context.scale(size, size);
    draw(context, colours, now + cell, hash(cell * 7.9));
    context.restore();
  }
  const firstLeg = Math.max(1, route.legAt(fromX));
  for (let leg = firstLeg; leg * route.legLength < toX + 400; leg += 1) {
    const x = leg * route.legLength;
    context.save();
    context.translate(x, route.groundY(x) + 8);
    paintBeacon(context, colours, now, leg <= litLegs);
    context.restore();
  }
}

const figures = {
  pine(context, colours, now, kind) {
    const sway = Math.sin(now * 1.3) * 3;
    context.fillStyle = css(colours.flora);
    for (let tier = 0; tier < 3; tier += 1) {
      const y = -14 - tier * 26;
      polygon(context, [
        [-24 + tier * 6, y],
        [24 - tier * 6, y],
        [sway * (tier + 1) * 0.4, y - 44 - kind * 12],
      ]);
    }
    context.fillRect(-3, -16, 6, 18);
  },
  round(context, colours, now, kind) {
    const sway = Math.sin(now * 1.1) * 2;
    context.fillStyle = css(colours.trunk);
    context.fillRect(-3, -40, 6, 42);
    context.fillStyle = css(colours.flora);
    blob(context, sway, -62 - kind * 8, 30 + kind * 8);
    blob(context, -20 + sway, -46, 20);
    blob(context, 20 + sway, -44, 18);
    context.fillStyle = css(colours.rim, 0.28);
    blob(context, sway - 8, -72 - kind * 8, 16);
  },
  reed(context, colours, now, kind) {
    context.strokeStyle = css(colours.flora);
    context.lineCap = 'round';
    for (let stem = 0; stem < 7; stem += 1) {
      const lean = Math.sin(now * 1.6 + stem) * 6 + (stem - 3) * 4;
      const top = -34 - ((stem * 17 + kind * 40) % 40);
      context.lineWidth = 3;
      context.beginPath();
      context.moveTo((stem - 3) * 7, 2);
      context.quadraticCurveTo((stem - 3) * 7, top * 0.5, (stem - 3) * 7 + lean, top);
      context.stroke();
      context.lineWidth = 7;
      context.beginPath();
      context.moveTo((stem - 3) * 7 + lean, top);
      context.lineTo((stem - 3) * 7 + lean * 1.2, top - 13);
      context.stroke();
    }
  },
  crystal(context, colours, now, kind) {
    const shimmer = 0.55 + 0.25 * Math.sin(now * 2);
    for (const [x, lean, tall] of [
      [-16, -12, 46],
      [0, 4, 84 + kind * 30],
      [17, 16, 54],
    ]) {
      context.fillStyle = css(colours.flora);
      polygon(context, [
        [x - 10, 2],
        [x + 10, 2],
        [x + lean + 5, -tall],
        [x + lean - 3, -tall - 12],
      ]);
      context.fillStyle = css(colours.rim, shimmer * 0.55);
      polygon(context, [
        [x, 2],
        [x + 10, 2],
        [x + lean + 5, -tall],
      ]);
    }
  },
  mill(context, colours, now) {
    context.fillStyle = css(colours.stone);
    polygon(context, [
      [-17, 2],
      [17, 2],
      [10, -70],
      [-10, -70],
    ]);
    context.fillStyle = css(colours.trunk);
    polygon(context, [
      [-14, -68],
      [14, -68],
      [0, -90],
    ]);
    window_(context, colours, -4, -42);
    context.translate(0, -70);
    context.rotate(now * 0.7);
    for (let sail = 0; sail < 4; sail += 1) {
      context.rotate(Math.PI / 2);
      context.fillStyle = css(colours.rim, 0.85);
      polygon(context, [
        [2, -6],
        [12, -10],
        [14, -56],
        [2, -54],
      ]);
      context.fillStyle = css(colours.trunk);
      context.fillRect(-1.5, -58, 3, 58);
    }
  },
  house(context, colours) {
    context.fillStyle = css(colours.stone);
    context.fillRect(-24, -30, 48, 34);
    context.fillStyle = css(colours.trunk);
    polygon(context, [
      [-31, -28],
      [31, -28],
      [16, -54],
      [-16, -54],
    ]);
    context.fillRect(10, -64, 8, 20);
    window_(context, colours, -15, -20);
    window_(context, colours, 5, -20);
  },
};

function window_(context, colours, x, y) {
  context.fillStyle = css(colours.lamp);
  context.fillRect(x, y, 9, 11);
  context.save();
  context.globalCompositeOperation = 'lighter';
  context.fillStyle = css(colours.lamp, 0.16);
  blob(context, x + 4, y + 5, 17);
  context.restore();
}

function paintBeacon(context, colours, now, lit) {
  context.fillStyle = css(colours.stone);
  polygon(context, [
    [-30, 6],
    [30, 6],
    [17, -190],
    [-17, -190],
  ]);
  context.fillStyle = css(colours.trunk, 0.8);
  for (const [y, half] of [
    [-40, 27],
    [-95, 23.5],
    [-150, 20],
  ])
    context.fillRect(-half, y, half * 2, 15);
  context.fillRect(-26, -198, 52, 10);
  polygon(context, [
    [-24, -232],
    [24, -232],
    [0, -262],
  ]);
  context.fillStyle = lit ? css(colours.lamp) : css(colours.trunk, 0.5);
  context.fillRect(-15, -232, 30, 34);
  if (!lit) return;
  context.save();
  context.globalCompositeOperation = 'lighter';
  const pulse = 0.8 + 0.2 * Math.sin(now * 3);
  const glow = context.createRadialGradient(0, -215, 0, 0, -215, 320 * pulse);
  glow.addColorStop(0, css(colours.lamp, 0.9));
  glow.addColorStop(0.15, css(colours.lamp, 0.32));
  glow.addColorStop(1, css(colours.lamp, 0));
  context.fillStyle = glow;
  context.fillRect(-330, -550, 660, 660);
  context.translate(0, -215);
  for (const turn of [now * 0.5, now * 0.5 + Math.PI]) {
    const width = Math.cos(turn);
    const beam = context.createLinearGradient(0, 0, width * 900, 0);
    beam.addColorStop(0, css(colours.lamp, 0.4));
    beam.addColorStop(1, css(colours.lamp, 0));
    context.fillStyle = beam;
    polygon(context, [
      [0, -6],
      [0, 6],
      [width * 900, 80],
      [width * 900, -80],
    ]);
  }
  context.restore();
}

function polygon(context, points) {
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.closePath();
  context.fill();
}

function blob(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.fill();
}
