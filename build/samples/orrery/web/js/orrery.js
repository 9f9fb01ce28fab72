const turn = Math.PI * 2;

/** Planets on rings; each rings its note when it passes the needle at the top. */
export function openOrrery({ canvas, stage, settings, pack, sounds, launcher, announce }) {
  const nebula = pack.picture('sky/nebula');
  const rings = settings.rings.map((ring, index) => ({
    ...ring,
    planets: ring.start.map((at) => ({ at: at * turn, lit: 0 })),
    index,
  }));
  let dust = [];
  let hovered = -1;
  let chosen = 0;
  let touched = false;

  const centre = () => ({
    x: stage.width / 2,
    y: stage.height * 0.52,
    unit: Math.min(stage.width * 0.9, stage.height) / 2,
  });
  const radiusOf = (ring) => centre().unit * (0.2 + (ring.index / rings.length) * 0.74);

  function wake() {
    sounds.wake();
    sounds.loop('music/aether.wav', 0.35);
    launcher.setState('playing');
    touched = true;
  }

  function toggle(ring, at) {
    wake();
    const near = ring.planets.findIndex((planet) => Math.abs(Math.sin((planet.at - at) / 2)) < 0.14);
    if (near >= 0) ring.planets.splice(near, 1);
    else if (ring.planets.length < 8) ring.planets.push({ at, lit: 1 });
    sounds.ring(ring.hertz, { volume: 0.14, seconds: 1 });
    announce(`Ring ${ring.index + 1} has ${ring.planets.length} planets.`);
  }

  function find({ clientX, clientY }) {
    const { x, y } = centre();
    const distance = Math.hypot(clientX - x, clientY - y);
    const ring = rings.find((one) => Math.abs(radiusOf(one) - distance) < 20);
    return { ring, at: Math.atan2(clientX - x, y - clientY) };
  }

  canvas.addEventListener('pointermove', (event) => {
    hovered = find(event).ring?.index ?? -1;
  });
  canvas.addEventListener('pointerdown', (event) => {
    const { ring, at } = find(event);
    wake();
    if (ring) toggle(ring, at);
  });
  addEventListener('keydown', (event) => {
    if (event.code === 'KeyM' && !event.repeat) sounds.toggleMute();
    if (event.key === 'ArrowUp') chosen = Math.min(rings.length - 1, chosen + 1);
    if (event.key === 'ArrowDown') chosen = Math.max(0, chosen - 1);
    if (event.key.startsWith('Arrow')) {
      event.preventDefault();
      hovered = chosen;
    }
    if (event.code === 'Space' || event.code === 'Enter') {
      event.preventDefault();
      toggle(rings[chosen], Math.random() * turn);
    }
  });

  function pass(ring, planet) {
    planet.lit = 1;
    const { x, y } = centre();
    sounds.ring(ring.hertz, { volume: 0.17, seconds: 2.6, pan: Math.sin(ring.index * 1.9) * 0.6 });
    for (let spark = 0; spark < 14; spark += 1) {
      const way = Math.random() * turn;
      dust.push({
        x,
        y: y - radiusOf(ring),
        vx: Math.cos(way) * 70,
        vy: Math.sin(way) * 70,
        age: 0,
        colour: ring.colour,
      });
    }
    dust = dust.slice(-260);
  }

  function step(seconds) {
    for (const ring of rings) {
      for (const planet of ring.planets) {
        const before = planet.at;
        planet.at += (seconds / ring.period) * turn * ring.way;
        planet.lit = Math.max(0, planet.lit - seconds * 0.9);
        if (Math.floor(before / turn) !== Math.floor(planet.at / turn)) pass(ring, planet);
      }
    }
    for (const one of dust) {
      one.age += seconds;
      one.x += one.vx * seconds;
      one.y += one.vy * seconds;
    }
    dust = dust.filter((one) => one.age < 1);
  }

  function paintSky(context) {
    const { width, height } = stage;
    const scale = Math.max(width / nebula.width, height / nebula.height);
    context.drawImage(nebula, 0, 0, nebula.width * scale, nebula.height * scale);
    const { x, y, unit } = centre();
    const veil = context.createRadialGradient(x, y, unit * 0.2, x, y, width * 0.62);
    veil.addColorStop(0, 'rgba(8,8,26,.35)');
    veil.addColorStop(1, 'rgba(5,6,18,.93)');
    context.fillStyle = veil;
    context.fillRect(0, 0, width, height);
  }

  function paintSun(context, now) {
    const { x, y, unit } = centre();
    const beat = 1 + 0.04 * Math.sin(now * 2);
    context.save();
    context.globalCompositeOperation = 'lighter';
    const glow = context.createRadialGradient(x, y, 0, x, y, unit * 0.34 * beat);
    glow.addColorStop(0, 'rgba(255,226,160,.95)');
    glow.addColorStop(0.2, 'rgba(255,180,90,.5)');
    glow.addColorStop(1, 'rgba(255,140,70,0)');
    context.fillStyle = glow;
    context.fillRect(x - unit, y - unit, unit * 2, unit * 2);
    context.restore();
    disc(context, x, y, unit * 0.075 * beat, '#fff0c8');
  }

  function paintRing(context, ring) {
    const { x, y } = centre();
    const radius = radiusOf(ring);
    context.strokeStyle = hovered === ring.index ? 'rgba(255,240,200,.7)' : 'rgba(214,190,140,.26)';
    context.lineWidth = hovered === ring.index ? 2.5 : 1.4;
    context.setLineDash(ring.way < 0 ? [3, 9] : []);
    context.beginPath();
    context.arc(x, y, radius, 0, turn);
    context.stroke();
    context.setLineDash([]);
    for (const planet of ring.planets)
      paintPlanet(context, ring, planet, x + Math.sin(planet.at) * radius, y - Math.cos(planet.at) * radius);
  }

  function paintPlanet(context, ring, planet, x, y) {
    const size = ring.size * (1 + planet.lit * 0.35);
    context.save();
    context.globalCompositeOperation = 'lighter';
    const glow = context.createRadialGradient(x, y, 0, x, y, size * (3 + planet.lit * 4));
    glow.addColorStop(0, `rgba(255,236,190,${0.35 + planet.lit * 0.6})`);
    glow.addColorStop(0.3, `rgba(255,226,170,${0.1 + planet.lit * 0.16})`);
    glow.addColorStop(1, 'rgba(255,236,190,0)');
    context.fillStyle = glow;
    context.fillRect(x - size * 8, y - size * 8, size * 16, size * 16);
    context.restore();
    disc(context, x, y, size, ring.colour);
    context.save();
    context.beginPath();
    context.arc(x, y, size, 0, turn);
    context.clip();
    const { x: sunX, y: sunY } = centre();
    const away = Math.atan2(y - sunY, x - sunX);
    disc(
      context,
      x + Math.cos(away) * size * 0.8,
      y + Math.sin(away) * size * 0.8,
      size,
      'rgba(10,8,34,.55)',
    );
    context.restore();
    if (!ring.belt) return;
    context.strokeStyle = 'rgba(255,236,200,.8)';
    context.lineWidth = 2;
    context.beginPath();
    context.ellipse(x, y, size * 1.9, size * 0.55, -0.4, 0, turn);
    context.stroke();
  }

  return {
    frame(seconds, now) {
      const { context, width, height } = stage;
      if (touched) step(seconds);
      paintSky(context);
      const { x, y, unit } = centre();
      context.strokeStyle = 'rgba(255,226,160,.5)';
      context.lineWidth = 1.5;
      context.beginPath();
      context.moveTo(x, y - unit * 0.1);
      context.lineTo(x, y - unit * 0.97);
      context.stroke();
      paintSun(context, stage.still ? 0 : now);
      for (const ring of rings) paintRing(context, ring);
      for (const one of dust) {
        context.globalAlpha = 1 - one.age;
        disc(context, one.x, one.y, 2.4, one.colour);
      }
      context.globalAlpha = 1;
      context.textAlign = 'center';
      context.fillStyle = 'rgba(255,236,200,.85)';
      context.font = '500 17px Inter, system-ui, "DejaVu Sans", sans-serif';
      if (!touched) context.fillText('Click to wind it up', width / 2, height - 64);
      context.textAlign = 'left';
      context.font = '13px Inter, system-ui, "DejaVu Sans", sans-serif';
      context.fillStyle = 'rgba(255,236,200,.5)';
      context.fillText(
        `Orrery ${settings.version} · click a ring to set or lift a planet · M sound`,
        24,
        height - 22,
      );
    },
  };
}

function disc(context, x, y, radius, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, turn);
  context.fill();
}
