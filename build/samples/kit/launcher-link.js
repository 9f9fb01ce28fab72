/** How often the launcher hears that the game is being played. */
const heartbeatMs = 5000;

/**
 * Talk to the launcher when the game was started by one; do nothing otherwise.
 * `GET /__gantry/session` answers 404 (or nothing at all) outside the launcher.
 */
export async function connectLauncher() {
  const session = await fetchSession();
  const openedMs = performance.now();
  let state = 'title';

  function beat() {
    return post('heartbeat', { elapsedMs: Math.round(performance.now() - openedMs), state });
  }

  if (session) {
    setInterval(() => state === 'playing' && beat(), heartbeatMs);
  }
  return {
    session,
    /** `title`, `playing` or `paused`; the launcher hears of a change at once. */
    setState(next) {
      if (next === state) return;
      state = next;
      if (session) void beat();
    },
    /** Tell the launcher something worth knowing, such as a score. */
    report(name, value) {
      if (session) void post('event', { name, value });
    },
  };
}

async function fetchSession() {
  try {
    const answer = await fetch('/__gantry/session', { cache: 'no-store' });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

async function post(path, body) {
  try {
    await fetch(`/__gantry/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch {
    // The launcher closed or the machine slept: the game goes on, and the next beat tries again.
  }
}
