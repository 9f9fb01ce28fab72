const limit = 420;

/** Short-lived lights and dust. */
export function createParticles() {
  let living = [];
  return {
    emit(count, make) {
      for (let index = 0; index < count && living.length < limit; index += 1) {
        living.push({ age: 0, life: 0.7, size: 4, fall: 0, drag: 1, glow: true, ...make(index) });
      }
    },
    step(seconds) {
      for (const one of living) {
        one.age += seconds;
        one.vy += one.fall * seconds;
        const slow = Math.exp(-one.drag * seconds);
        one.vx *= slow;
        one.vy *= slow;
        one.x += one.vx * seconds;
        one.y += one.vy * seconds;
      }
      living = living.filter((one) => one.age < one.life);
    },
    paint(context) {
      context.save();
      for (const one of living) {
        const left = 1 - one.age / one.life;
        context.globalCompositeOperation = one.glow ? 'lighter' : 'source-over';
        context.globalAlpha = left * (one.alpha ?? 1);
        context.fillStyle = one.colour;
        context.beginPath();
        context.arc(one.x, one.y, one.size * (one.glow ? left : 2 - left), 0, Math.PI * 2);
        context.fill();
      }
      context.restore();
    },
  };
}
