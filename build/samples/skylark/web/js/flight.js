const gravity = 820;
const diveGravity = 2700;
const speedMax = 1500;
/** The lark never walks slower than this: a stuck player is a bored player. */
const speedMin = 235;
const swoopSpeed = 560;
/** Shorter hops are the ground's bumps, not flight. */
const airMin = 0.3;

/** The lark and the dusk behind it. Units: world pixels and seconds. */
export function createFlight(route) {
  const lark = {
    x: 300,
    y: route.groundY(300) - 320,
    vx: 420,
    vy: 0,
    grounded: false,
    diving: false,
    tilt: 0,
  };
  let airSeconds = 0;
  let swooping = false;
  const flight = {
    lark,
    duskX: -1700,
    leg: 0,
    score: 0,
    combo: 1,
    swoops: 0,
    beacons: 0,
    seconds: 0,
    over: false,
    speed: () => Math.hypot(lark.vx, lark.vy),
    altitude: () => route.groundY(lark.x) - lark.y,
    /** Push forward along the way the lark is going. */
    boost(amount) {
      const speed = Math.max(1, flight.speed());
      const next = Math.min(speedMax, speed + amount);
      lark.vx *= next / speed;
      lark.vy *= next / speed;
    },
    step,
  };

  /** Advance; returns what happened: `swoop`, `clatter`, `beacon`, `caught`. */
  function step(seconds, diving) {
    const events = [];
    const startX = lark.x;
    lark.diving = diving;
    flight.seconds += seconds;
    lark.vy += (diving ? diveGravity : gravity) * seconds;
    lark.x += lark.vx * seconds;
    lark.y += lark.vy * seconds;
    touchGround(seconds, events);
    const speed = flight.speed();
    if (speed > speedMax) flight.boost(speedMax - speed);
    if (lark.vx < speedMin) lark.vx += (speedMin - lark.vx) * Math.min(1, seconds * 6);
    lark.tilt += (Math.atan2(lark.vy, lark.vx) - lark.tilt) * Math.min(1, seconds * 12);
    flight.score += Math.max(0, ((lark.x - startX) / 12) * flight.combo);
    passBeacon(events);
    chase(seconds, events);
    return events;
  }

  function touchGround(seconds, events) {
    const ground = route.groundY(lark.x);
    if (lark.y < ground) {
      fly(seconds, events);
      return;
    }
    const slope = route.slopeAt(lark.x);
    const length = Math.hypot(1, slope);
    const before = flight.speed();
    const along = Math.max(0, (lark.vx + lark.vy * slope) / length);
    lark.y = ground;
    lark.vx = along / length;
    lark.vy = (along * slope) / length;
    if (airSeconds > airMin && along < before * 0.6) {
      flight.combo = 1;
      events.push('clatter');
    } else if (airSeconds > airMin && before > 480) {
      events.push('touch');
    }
    airSeconds = 0;
    lark.grounded = true;
  }

  /** A swoop counts once it has carried: quick and climbing off the crest, and still up a moment later. */
  function fly(seconds, events) {
    if (lark.grounded) swooping = lark.vy < -170 && flight.speed() > swoopSpeed;
    lark.grounded = false;
    airSeconds += seconds;
    if (!swooping || airSeconds < airMin) return;
    swooping = false;
    flight.swoops += 1;
    flight.combo = Math.min(8, flight.combo + 1);
    events.push('swoop');
  }

  function passBeacon(events) {
    const leg = route.legAt(lark.x);
    if (leg <= flight.leg) return;
    flight.leg = leg;
    flight.beacons += 1;
    flight.score += 250 * flight.combo;
    flight.duskX -= 700;
    events.push('beacon');
  }

  function chase(seconds, events) {
    const pace = Math.min(980, 410 + flight.leg * 34);
    flight.duskX = Math.max(flight.duskX + pace * seconds, lark.x - 2300);
    if (flight.duskX > lark.x - 30) {
      flight.over = true;
      events.push('caught');
    }
  }

  return flight;
}

/** A patient pilot for the title screen: dive where the hill falls away, soar where it climbs. */
export function pilotDives(flight, route) {
  const { lark } = flight;
  const ahead = lark.x + lark.vx * (lark.grounded ? 0.05 : 0.32);
  return route.slopeAt(ahead) > 0.1 && (flight.altitude() < 260 || lark.vy > 0);
}
