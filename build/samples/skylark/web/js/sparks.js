/** One arc of sparks stands in each stretch of this many world pixels. */
const stretch = 860;
const reach = 46;

/** Lamp sparks to gather: placed by the stretch's number, so a route is the same on every flight. */
export function createSparks(route) {
  const gathered = new Set();

  function* near(fromX, toX) {
    for (let cell = Math.max(1, Math.floor(fromX / stretch)); cell * stretch < toX; cell += 1) {
      if (hash(cell) < 0.28) continue;
      const start = cell * stretch + hash(cell + 0.3) * 300;
      const lift = 60 + hash(cell + 0.6) * 150;
      for (let index = 0; index < 6; index += 1) {
        const id = cell * 8 + index;
        const x = start + index * 62;
        if (!gathered.has(id))
          yield { id, x, y: route.groundY(x) - lift - Math.sin((index / 5) * Math.PI) * 46 };
      }
    }
  }

  return {
    near,
    /** Gather what the lark touches; returns those sparks. */
    gather(lark) {
      const found = [...near(lark.x - stretch, lark.x + stretch)].filter(
        (spark) => Math.hypot(spark.x - lark.x, spark.y - lark.y + 18) < reach,
      );
      for (const spark of found) gathered.add(spark.id);
      return found;
    },
  };
}

/** A number in [0, 1) that belongs to `value`. */
export function hash(value) {
  const wild = Math.sin(value * 127.1 + 11.7) * 43758.5453;
  return wild - Math.floor(wild);
}
