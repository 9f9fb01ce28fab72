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

  void leaveWhenStopped();
  if (session) {
    setInterval(() => {
      if (state === 'playing') void beat();
    }, heartbeatMs);
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

/** The launcher holds this question open, and answers 410 (Gone) when the player stops the game there. */
async function leaveWhenStopped() {
  try {
    const answer = await fetch('/__gantry/stopped', { cache: 'no-store' });
    if (answer.status === 410) leave();
  } catch {
    // The launcher closed: nobody stopped the game, so it goes on.
  }
}

/** Close the tab; where the browser does not let a page do that, a page that says so takes the game's place, sound and all. */
function leave() {
  window.close();
  const page = new Blob([stoppedPage], { type: 'text/html' });
  location.replace(URL.createObjectURL(page));
}

const stoppedPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Stopped</title>
<style>
  body { display: grid; place-content: center; min-height: 100vh; margin: 0; background: #0b0e14; color: #e8eaf2; font: 1.125rem/1.5 system-ui, sans-serif; text-align: center; }
  h1 { margin: 0 0 0.5rem; font-size: 1.5rem; }
  p { margin: 0; color: #a4abbd; }
</style>
<h1>This game was stopped from the launcher</h1>
<p>You can close this tab.</p>
</html>`;

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
