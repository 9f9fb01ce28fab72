import { css } from './colour.js';

/** The paper lark with its lamp, at the origin, looking along +x. */
export function paintLark(context, { tilt, diving, beat, lamp, scale = 1 }) {
  context.save();
  context.rotate(tilt);
  context.scale(scale, scale);
  paintLamp(context, lamp, beat);
  const lift = diving ? -0.15 : Math.sin(beat * 9) * 0.55 + 0.5;
  paintWing(context, lift * 0.8, '#b9c3da', -3);
  shape(context, '#f6efe0', [
    [34, -6],
    [8, -13],
    [-22, -7],
    [-34, -12],
    [-30, -1],
    [-8, 6],
    [16, 4],
  ]);
  shape(context, '#d9cdb8', [
    [34, -6],
    [16, 4],
    [-8, 6],
    [-30, -1],
    [2, -2],
  ]);
  shape(context, '#e8873a', [
    [34, -6],
    [45, -3],
    [32, -1],
  ]);
  shape(context, '#efe6d4', [
    [-24, -7],
    [-56, -18],
    [-44, -7],
    [-58, -1],
    [-26, -2],
  ]);
  paintWing(context, lift, '#fffaf0', 2);
  context.fillStyle = '#2a2436';
  context.beginPath();
  context.arc(24, -7, 2.2, 0, Math.PI * 2);
  context.fill();
  context.restore();
}

function paintWing(context, lift, colour, offset) {
  const tipY = 8 - lift * 50;
  shape(context, colour, [
    [14, -6 + offset],
    [-2, tipY * 0.62],
    [-36, tipY - 6],
    [-24, tipY * 0.4],
    [-16, -3 + offset],
  ]);
  shape(context, 'rgba(70,60,110,.22)', [
    [14, -6 + offset],
    [-24, tipY * 0.4],
    [-16, -3 + offset],
  ]);
}

function paintLamp(context, lamp, beat) {
  const swing = Math.sin(beat * 5) * 3;
  context.save();
  context.globalCompositeOperation = 'lighter';
  const glow = context.createRadialGradient(swing, 24, 0, swing, 24, 120);
  glow.addColorStop(0, css(lamp, 0.75));
  glow.addColorStop(0.2, css(lamp, 0.24));
  glow.addColorStop(1, css(lamp, 0));
  context.fillStyle = glow;
  context.fillRect(-130, -110, 260, 260);
  context.restore();
  context.strokeStyle = '#3a2c3a';
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(0, 2);
  context.lineTo(swing, 16);
  context.stroke();
  shape(context, '#ffdf9a', [
    [swing - 5, 17],
    [swing + 5, 17],
    [swing + 7, 29],
    [swing - 7, 29],
  ]);
  shape(context, '#3a2c3a', [
    [swing - 7, 15],
    [swing + 7, 15],
    [swing + 5, 18],
    [swing - 5, 18],
  ]);
}

function shape(context, colour, points) {
  context.fillStyle = colour;
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.closePath();
  context.fill();
}
