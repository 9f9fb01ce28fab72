import { createKoi } from './koi.js';

/** A pond to sit beside: ripples sing, koi follow, lilies open where the water was touched. */
export function openStillwater({ canvas, stage, settings, pack, sounds, launcher, announce }) {
  const floor = pack.picture(settings.floor);
  const light = pack.mask('water/light', settings.lightColour);
  const kois = settings.koi.map((coat, index) =>
    createKoi({
      x: 200 + index * 150,
      y: 200 + ((index * 137) % 320),
      length: 96 + ((index * 41) % 60),
      coat,
    }),
  );
  const lilies = settings.lilies.map((lily) => ({ ...lily, open: 0.4 }));
  const flies = Array.from({ length: settings.fireflies }, (_, index) => ({ seed: index * 7.3 }));
  let ripples = [];
  let goal = null;
  let touched = false;

  function touch(x, y) {
    sounds.wake();
    sounds.loop('music/pond.wav', 0.5);
    launcher.setState('playing');
    touched = true;
    goal = { x, y, left: 5 };
    ripples = [...ripples.slice(-14), { x, y, age: 0 }];
    const note = settings.scale[Math.floor((x / stage.width) * settings.scale.length)] ?? settings.scale[0];
    sounds.ring(note * (y < stage.height / 2 ? 2 : 1), {
      seconds: 3.2,
      volume: 0.2,
      pan: (x / stage.width) * 1.6 - 0.8,
    });
    for (const lily of lilies) {
      if (Math.hypot(lily.x * stage.width - x, lily.y * stage.height - y) < 190) lily.open = 1.4;
    }
    announce('A ripple. The koi come to look.');
  }

  canvas.addEventListener('pointerdown', (event) => touch(event.clientX, event.clientY));
  addEventListener('keydown', (event) => {
    if (event.code === 'KeyM' && !event.repeat) sounds.toggleMute();
    if (event.code !== 'Space' && event.code !== 'Enter') return;
    event.preventDefault();
    touch(stage.width * (0.15 + Math.random() * 0.7), stage.height * (0.15 + Math.random() * 0.7));
  });

  function paintWater(context, now) {
    const { width, height } = stage;
    const scale = Math.max(width / floor.width, height / floor.height);
    context.drawImage(floor, 0, 0, floor.width * scale, floor.height * scale);
    context.save();
    context.globalCompositeOperation = 'lighter';
    const pattern = context.createPattern(light, 'repeat');
    for (const [speed, size, alpha] of [
      [9, 0.8, 0.16],
      [-6, 1.3, 0.12],
    ]) {
      pattern.setTransform(new DOMMatrix().translate(now * speed, now * speed * 0.6).scale(size));
      context.globalAlpha = alpha;
      context.fillStyle = pattern;
      context.fillRect(0, 0, width, height);
    }
    context.restore();
  }

  function paintRipples(context, seconds) {
    for (const ripple of ripples) {
      ripple.age += seconds;
      for (let ring = 0; ring < 3; ring += 1) {
        const age = ripple.age - ring * 0.35;
        if (age <= 0) continue;
        context.strokeStyle = `rgba(220,255,246,${Math.max(0, 0.5 - age * 0.13)})`;
        context.lineWidth = 2.4;
        context.beginPath();
        context.ellipse(ripple.x, ripple.y, age * 95, age * 95, 0, 0, Math.PI * 2);
        context.stroke();
      }
    }
    ripples = ripples.filter((ripple) => ripple.age < 4.6);
  }

  function paintLily(context, lily, now) {
    const size = lily.size * Math.min(stage.width, stage.height);
    context.save();
    context.translate(lily.x * stage.width + Math.sin(now * 0.4 + lily.turn) * 5, lily.y * stage.height);
    context.rotate(lily.turn + Math.sin(now * 0.3) * 0.05);
    context.fillStyle = 'rgba(2,14,20,.35)';
    pad(context, size, 9, 14);
    context.fillStyle = settings.padColour;
    pad(context, size, 0, 0);
    context.strokeStyle = 'rgba(255,255,255,.1)';
    context.lineWidth = 2;
    for (let vein = 1; vein < 9; vein += 1) {
      const turn = 0.3 + (vein / 9) * (Math.PI * 2 - 0.3);
      context.beginPath();
      context.moveTo(0, 0);
      context.lineTo(Math.cos(turn) * size * 0.86, Math.sin(turn) * size * 0.86);
      context.stroke();
    }
    if (lily.flower) paintFlower(context, size * 0.62, lily.open);
    context.restore();
  }

  function paintFireflies(context, now) {
    context.save();
    context.globalCompositeOperation = 'lighter';
    for (const { seed } of flies) {
      const x = (0.5 + 0.48 * Math.sin(now * 0.11 + seed)) * stage.width;
      const y = (0.5 + 0.46 * Math.sin(now * 0.14 + seed * 2.1)) * stage.height;
      const blink = Math.max(0, Math.sin(now * 1.3 + seed * 3));
      const glow = context.createRadialGradient(x, y, 0, x, y, 30);
      glow.addColorStop(0, `rgba(244,255,170,${blink})`);
      glow.addColorStop(0.2, `rgba(214,255,140,${blink * 0.4})`);
      glow.addColorStop(1, 'rgba(190,255,120,0)');
      context.fillStyle = glow;
      context.fillRect(x - 30, y - 30, 60, 60);
    }
    context.restore();
  }

  return {
    frame(seconds, now) {
      const { context, width, height } = stage;
      const time = stage.still ? 0 : now;
      paintWater(context, time);
      if (goal) {
        goal.left -= seconds;
        if (goal.left < 0) goal = null;
      }
      kois.forEach((koi, index) => {
        const turn = index * 2.4 + now * 0.6;
        const spot = goal && { x: goal.x + Math.cos(turn) * 70, y: goal.y + Math.sin(turn) * 70 };
        koi.step(seconds, spot, stage);
        koi.paint(context);
      });
      paintRipples(context, seconds);
      for (const lily of lilies) {
        lily.open += (0.45 - lily.open) * seconds * 0.15;
        paintLily(context, lily, time);
      }
      paintFireflies(context, time);
      const edge = context.createRadialGradient(
        width / 2,
        height / 2,
        height * 0.3,
        width / 2,
        height / 2,
        width * 0.72,
      );
      edge.addColorStop(0, 'rgba(2,10,18,0)');
      edge.addColorStop(1, 'rgba(2,10,18,.72)');
      context.fillStyle = edge;
      context.fillRect(0, 0, width, height);
      context.textAlign = 'center';
      context.font = '500 17px Inter, system-ui, "DejaVu Sans", sans-serif';
      context.fillStyle = 'rgba(232,255,248,.82)';
      if (!touched) context.fillText('Touch the water', width / 2, height - 44);
      context.textAlign = 'right';
      context.font = '13px Inter, system-ui, "DejaVu Sans", sans-serif';
      context.fillStyle = 'rgba(232,255,248,.5)';
      context.fillText(`Stillwater ${settings.version} · M sound`, width - 24, height - 22);
    },
  };
}

function pad(context, size, dx, dy) {
  context.beginPath();
  context.moveTo(dx, dy);
  context.arc(dx, dy, size, 0.15, Math.PI * 2 - 0.15);
  context.closePath();
  context.fill();
}

function paintFlower(context, size, open) {
  for (const [petals, reach, colour] of [
    [9, 1, '#ffb8cf'],
    [8, 0.74, '#ffd6e2'],
    [6, 0.46, '#fff1f4'],
  ]) {
    context.fillStyle = colour;
    for (let petal = 0; petal < petals; petal += 1) {
      context.save();
      context.rotate((petal / petals) * Math.PI * 2 + reach);
      const length = size * reach * Math.min(1, 0.6 + open * 0.4);
      context.beginPath();
      context.moveTo(0, 0);
      context.quadraticCurveTo(length * 0.5, -length * 0.34, length, 0);
      context.quadraticCurveTo(length * 0.5, length * 0.34, 0, 0);
      context.fill();
      context.restore();
    }
  }
  context.fillStyle = '#ffd36b';
  context.beginPath();
  context.arc(0, 0, size * 0.16, 0, Math.PI * 2);
  context.fill();
}
