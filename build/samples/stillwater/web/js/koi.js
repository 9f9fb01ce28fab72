const joints = 16;

/** A koi: a head that steers and a body that follows, joint by joint. */
export function createKoi({ x, y, length, coat }) {
  const spine = Array.from({ length: joints }, (_, index) => ({ x: x - index * (length / joints), y }));
  let heading = Math.random() * Math.PI * 2;
  let wander = Math.random() * 100;

  return {
    step(seconds, goal, size) {
      const [head] = spine;
      wander += seconds;
      const wanted = goal
        ? Math.atan2(goal.y - head.y, goal.x - head.x)
        : heading + Math.sin(wander * 0.7) * 0.5 + steerInside(head, heading, size);
      const turn = Math.atan2(Math.sin(wanted - heading), Math.cos(wanted - heading));
      heading += turn * Math.min(1, seconds * (goal ? 2.4 : 1.1));
      const pace = (goal ? 120 : 46) * (length / 120);
      const sway = heading + Math.sin(wander * (goal ? 9 : 5)) * 0.22;
      head.x += Math.cos(sway) * pace * seconds;
      head.y += Math.sin(sway) * pace * seconds;
      for (let index = 1; index < joints; index += 1) {
        const ahead = spine[index - 1];
        const joint = spine[index];
        const turnBack = Math.atan2(joint.y - ahead.y, joint.x - ahead.x);
        joint.x = ahead.x + Math.cos(turnBack) * (length / joints);
        joint.y = ahead.y + Math.sin(turnBack) * (length / joints);
      }
      return head;
    },
    paint(context) {
      context.save();
      context.translate(14, 22);
      context.fillStyle = 'rgba(2,14,20,.35)';
      paintBody(context, spine, length);
      context.restore();
      paintFins(context, spine, length, coat, wander);
      context.fillStyle = coat.base;
      paintBody(context, spine, length);
      paintPatches(context, spine, length, coat);
    },
  };
}

function steerInside({ x, y }, heading, { width, height }) {
  const edge = 90;
  if (x > edge && x < width - edge && y > edge && y < height - edge) return 0;
  const home = Math.atan2(height / 2 - y, width / 2 - x);
  return Math.atan2(Math.sin(home - heading), Math.cos(home - heading)) * 1.6;
}

function girth(index, length) {
  const t = index / (joints - 1);
  return length * 0.14 * (t < 0.25 ? 0.62 + t * 1.52 : 1.1 * (1 - t) + 0.06);
}

function paintBody(context, spine, length) {
  for (let index = joints - 1; index >= 0; index -= 1) {
    for (let part = 0; part < 2; part += 1) {
      const next = spine[Math.min(joints - 1, index + 1)];
      const joint = spine[index];
      context.beginPath();
      const mix = part / 2;
      context.arc(
        joint.x + (next.x - joint.x) * mix,
        joint.y + (next.y - joint.y) * mix,
        girth(index + mix, length),
        0,
        Math.PI * 2,
      );
      context.fill();
    }
  }
}

function paintPatches(context, spine, length, coat) {
  context.fillStyle = coat.patch;
  for (const index of coat.spots) {
    const joint = spine[index];
    context.beginPath();
    context.arc(joint.x, joint.y, girth(index, length) * 0.86, 0, Math.PI * 2);
    context.fill();
  }
  const [head, neck] = spine;
  const turn = Math.atan2(head.y - neck.y, head.x - neck.x);
  context.fillStyle = '#14202a';
  for (const side of [-1, 1]) {
    context.beginPath();
    context.arc(
      head.x + Math.cos(turn + side * 0.9) * length * 0.068,
      head.y + Math.sin(turn + side * 0.9) * length * 0.068,
      length * 0.016,
      0,
      Math.PI * 2,
    );
    context.fill();
  }
}

function paintFins(context, spine, length, coat, now) {
  context.fillStyle = coat.fin;
  const tail = spine[joints - 1];
  const before = spine[joints - 3];
  const turn = Math.atan2(tail.y - before.y, tail.x - before.x);
  for (const side of [-1, 1]) {
    const open = turn + side * (0.45 + Math.sin(now * 5) * 0.12);
    leaf(context, tail, open, length * 0.36, length * 0.09);
  }
  const shoulder = spine[4];
  const ahead = spine[2];
  const back = Math.atan2(shoulder.y - ahead.y, shoulder.x - ahead.x);
  for (const side of [-1, 1])
    leaf(context, shoulder, back + side * (0.9 + Math.sin(now * 3) * 0.15), length * 0.28, length * 0.07);
}

function leaf(context, { x, y }, turn, length, width) {
  context.save();
  context.translate(x, y);
  context.rotate(turn);
  context.beginPath();
  context.moveTo(0, 0);
  context.quadraticCurveTo(length * 0.6, -width * 1.6, length, -width * 0.2);
  context.quadraticCurveTo(length * 0.7, width * 1.3, 0, width * 0.4);
  context.fill();
  context.restore();
}
