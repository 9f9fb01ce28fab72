/**
 * A canvas that fills the window and a loop that calls `frame(seconds)` with steady small steps.
 * @returns The context, its size in CSS pixels and `still`, true when the player asked for less motion.
 */
export function createStage(canvas, frame) {
  const context = canvas.getContext('2d', { alpha: false });
  const stage = {
    context,
    width: 0,
    height: 0,
    still: matchMedia('(prefers-reduced-motion: reduce)').matches,
  };
  let last = performance.now();

  function fit() {
    const density = Math.min(devicePixelRatio || 1, 2);
    stage.width = innerWidth;
    stage.height = innerHeight;
    canvas.width = Math.round(innerWidth * density);
    canvas.height = Math.round(innerHeight * density);
    context.setTransform(density, 0, 0, density, 0, 0);
  }

  function tick(now) {
    // A tab that slept must not fling the game forward, so a step is at most a twentieth of a second.
    const seconds = Math.min(0.05, Math.max(0, (now - last) / 1000));
    last = now;
    frame(seconds, now / 1000);
    requestAnimationFrame(tick);
  }

  addEventListener('resize', fit);
  fit();
  requestAnimationFrame(tick);
  return stage;
}
