import { paintWordmark } from './wordmark.js';

const face = 'Inter, "Segoe UI", system-ui, -apple-system, "Helvetica Neue", "DejaVu Sans", sans-serif';

/** Everything that is lettering: title, flight read-outs, pause and the end. */
export function paintTitle(context, stage, { best, now, version, news, playerName }) {
  const { width, height } = stage;
  veil(context, stage, 0.18);
  const size = Math.min(width * 0.088, height * 0.17);
  context.save();
  context.shadowColor = 'rgba(10,6,30,.45)';
  context.shadowBlur = size * 0.25;
  paintWordmark(context, width / 2, height * 0.36, size, '#fff8ea');
  context.restore();
  text(context, 'Carry the last lamp across the cloud sea', width / 2, height * 0.36 + size * 0.52, {
    size: size * 0.2,
    colour: 'rgba(255,248,234,.92)',
  });
  const pulse = stage.still ? 1 : 0.72 + 0.28 * Math.sin(now * 3);
  text(context, 'Press space, click or tap to fly', width / 2, height * 0.72, {
    size: size * 0.24,
    weight: 600,
    colour: `rgba(255,214,140,${pulse})`,
  });
  text(
    context,
    'Hold to dive into the valleys · let go to soar off the crests',
    width / 2,
    height * 0.72 + size * 0.36,
    {
      size: size * 0.155,
      colour: 'rgba(255,248,234,.85)',
    },
  );
  if (news) badge(context, news, width / 2, height * 0.36 - size * 1.45, size * 0.15);
  const name = playerName ? `${playerName} · ` : '';
  text(context, `${name}Best ${number(best)}`, 28, height - 28, { size: 16, align: 'left' });
  text(context, `${version}   P pause   M sound`, width - 28, height - 28, { size: 16, align: 'right' });
}

export function paintReadout(context, stage, { flight, route, country, muted, toast }) {
  const { width, height } = stage;
  const size = Math.max(15, height * 0.024);
  text(context, number(flight.score), 30, 30 + size * 1.4, { size: size * 2, weight: 700, align: 'left' });
  if (flight.combo > 1) {
    text(context, `×${flight.combo}`, 30, 30 + size * 2.9, {
      size: size * 1.1,
      weight: 700,
      align: 'left',
      colour: '#ffd68c',
    });
  }
  text(context, country, width - 30, 30 + size, { size, weight: 600, align: 'right' });
  text(
    context,
    `${flight.beacons} ${flight.beacons === 1 ? 'beacon' : 'beacons'} lit`,
    width - 30,
    30 + size * 2.3,
    {
      size: size * 0.8,
      align: 'right',
      colour: 'rgba(255,255,255,.8)',
    },
  );
  paintLegLine(context, stage, flight, route, size);
  if (muted) text(context, 'Sound off', width - 30, height - 28, { size: 14, align: 'right' });
  if (toast && toast.left > 0) {
    text(context, toast.words, width / 2, height * 0.25 - (1.4 - toast.left) * 14, {
      size: size * 1.7,
      weight: 700,
      colour: `rgba(255,226,164,${Math.min(1, toast.left * 2)})`,
    });
  }
}

function paintLegLine(context, stage, flight, route, size) {
  const length = Math.min(460, stage.width * 0.36);
  const left = stage.width / 2 - length / 2;
  const y = 38;
  const at = (x) =>
    left + Math.max(0, Math.min(1, (x - flight.leg * route.legLength) / route.legLength)) * length;
  context.lineCap = 'round';
  line(context, left, y, left + length, y, 'rgba(10,8,30,.38)', 8);
  line(context, left, y, at(flight.lark.x), y, '#ffd68c', 4);
  if (flight.duskX > flight.leg * route.legLength) line(context, left, y, at(flight.duskX), y, '#3b2a78', 8);
  disc(context, at(flight.lark.x), y, 7, '#fff8ea');
  disc(context, left + length, y, 9, 'rgba(10,8,30,.5)');
  disc(context, left + length, y, 5, '#ffd68c');
  const gap = flight.lark.x - flight.duskX;
  if (gap < 700) {
    text(context, 'The dusk is close', stage.width / 2, y + size * 1.9, {
      size: size * 0.9,
      weight: 600,
      colour: `rgba(214,190,255,${Math.min(1, (700 - gap) / 300)})`,
    });
  }
}

export function paintPause(context, stage) {
  veil(context, stage, 0.55);
  const size = stage.height * 0.08;
  text(context, 'Resting on the wind', stage.width / 2, stage.height * 0.46, {
    size: size * 0.7,
    weight: 700,
  });
  text(context, 'Space to fly on · M for sound', stage.width / 2, stage.height * 0.46 + size * 0.7, {
    size: size * 0.28,
  });
}

export function paintOver(context, stage, { flight, best, record, ready }) {
  veil(context, stage, 0.6);
  const size = stage.height * 0.08;
  const middle = stage.width / 2;
  const y = stage.height * 0.32;
  text(context, 'Night has fallen', middle, y, { size: size * 0.62, weight: 700 });
  text(context, number(flight.score), middle, y + size * 1.45, {
    size: size * 1.3,
    weight: 700,
    colour: '#ffd68c',
  });
  text(context, record ? 'A new best flight' : `Best ${number(best)}`, middle, y + size * 2.05, {
    size: size * 0.3,
  });
  const facts = `${flight.beacons} beacons lit   ·   ${flight.swoops} swoops   ·   ${Math.round(flight.seconds)} s aloft`;
  text(context, facts, middle, y + size * 2.85, { size: size * 0.26, colour: 'rgba(255,255,255,.8)' });
  if (ready)
    text(context, 'Press space to fly again', middle, y + size * 3.9, {
      size: size * 0.34,
      weight: 600,
      colour: '#ffd68c',
    });
}

export function paintLoading(context, stage, share, failure) {
  const { width, height } = stage;
  context.fillStyle = '#0b0e14';
  context.fillRect(0, 0, width, height);
  paintWordmark(context, width / 2, height * 0.5, Math.min(width * 0.05, 64), '#fff8ea');
  if (failure) {
    text(context, failure, width / 2, height * 0.6, { size: 17, colour: '#ffd0c0' });
    return;
  }
  context.lineCap = 'round';
  line(context, width / 2 - 120, height * 0.58, width / 2 + 120, height * 0.58, 'rgba(255,255,255,.14)', 4);
  line(context, width / 2 - 120, height * 0.58, width / 2 - 120 + 240 * share, height * 0.58, '#ffd68c', 4);
}

function badge(context, words, x, y, size) {
  context.font = `600 ${size}px ${face}`;
  const width = context.measureText(words).width + size * 2;
  context.fillStyle = 'rgba(20,14,48,.55)';
  context.beginPath();
  context.roundRect(x - width / 2, y - size * 1.25, width, size * 2, size);
  context.fill();
  text(context, words, x, y - size * 0.02, { size, weight: 600, colour: '#b9ffe4' });
}

function text(context, words, x, y, { size, weight = 500, align = 'center', colour = '#fff8ea' }) {
  context.font = `${weight} ${size}px ${face}`;
  context.textAlign = align;
  context.fillStyle = 'rgba(12,8,32,.35)';
  context.fillText(words, x, y + Math.max(1, size * 0.06));
  context.fillStyle = colour;
  context.fillText(words, x, y);
}

function veil(context, { width, height }, alpha) {
  const dim = context.createRadialGradient(
    width / 2,
    height / 2,
    height * 0.1,
    width / 2,
    height / 2,
    width * 0.7,
  );
  dim.addColorStop(0, `rgba(12,8,32,${alpha})`);
  dim.addColorStop(1, `rgba(12,8,32,${Math.min(1, alpha * 1.5)})`);
  context.fillStyle = dim;
  context.fillRect(0, 0, width, height);
}

function line(context, fromX, fromY, toX, toY, colour, thickness) {
  context.strokeStyle = colour;
  context.lineWidth = thickness;
  context.beginPath();
  context.moveTo(fromX, fromY);
  context.lineTo(toX, toY);
  context.stroke();
}

function disc(context, x, y, radius, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.fill();
}

function number(value) {
  return Math.floor(value).toLocaleString('en-GB');
}
