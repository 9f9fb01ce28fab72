// Installs `window.launcher` (preload/contract.ts, LauncherBridge) over a WebSocket to the launcher's process.
// Served as it is by the browser host and loaded before the renderer. Plain JavaScript: no build step touches it.
(() => {
  const FIRST_WAIT_MS = 250;
  const LAST_WAIT_MS = 5000;
  const WINDOW_LOOK_MS = 500;

  const listeners = new Map();
  const pending = new Map();
  const waitingToSend = [];
  const windows = new Map();
  let socket = null;
  let nextId = 1;
  let waitMs = FIRST_WAIT_MS;
  let wasConnected = false;

  const emit = (name, value) => {
    for (const listener of listeners.get(name) ?? []) listener(value);
  };

  const send = (message) => {
    const text = JSON.stringify(message);
    if (socket?.readyState === WebSocket.OPEN) socket.send(text);
    else waitingToSend.push(text);
  };

  const request = (name, argument) =>
    new Promise((resolve) => {
      const id = nextId++;
      pending.set(id, resolve);
      send({ id, name, argument });
    });

  const disconnected = {
    ok: false,
    error: {
      code: 'BRIDGE_DISCONNECTED',
      message: 'The launcher stopped answering.',
      next: 'Start it again; this page reconnects by itself.',
      details: {},
      action: 'retry',
    },
  };

  /** After a lost connection the mirror may have missed changes: give it every slice anew. */
  const resynchronise = async () => {
    const answer = await request('state:read', {});
    if (!answer.ok) return;
    for (const [slice, value] of Object.entries(answer.value.slices)) {
      emit('changed', { revision: answer.value.revision, slice, value });
    }
  };

  const openWindow = ({ id, url }) => {
    const opened = window.open('about:blank', '_blank');
    if (opened === null) return send({ window: id, state: 'blocked' });
    opened.opener = null;
    opened.location.replace(url);
    windows.set(id, opened);
    send({ window: id, state: 'opened' });
  };

  const closeWindow = ({ id }) => {
    windows.get(id)?.close();
    windows.delete(id);
  };

  const receive = (message) => {
    if (message.id !== undefined) {
      pending.get(message.id)?.(message.answer);
      pending.delete(message.id);
    } else if (message.event !== undefined) emit(message.event, message.value);
    else if (message.openWindow !== undefined) openWindow(message.openWindow);
    else if (message.closeWindow !== undefined) closeWindow(message.closeWindow);
  };

  const connect = () => {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    socket = new WebSocket(`${scheme}://${location.host}/bridge`);
    socket.addEventListener('open', () => {
      waitMs = FIRST_WAIT_MS;
      for (const text of waitingToSend.splice(0)) socket.send(text);
      if (wasConnected) void resynchronise();
      wasConnected = true;
    });
    socket.addEventListener('message', ({ data }) => receive(JSON.parse(data)));
    socket.addEventListener('close', () => {
      for (const resolve of pending.values()) resolve(disconnected);
      pending.clear();
      setTimeout(connect, waitMs * (0.5 + Math.random() / 2));
      waitMs = Math.min(waitMs * 2, LAST_WAIT_MS);
    });
  };

  setInterval(() => {
    for (const [id, opened] of windows) {
      if (!opened.closed) continue;
      windows.delete(id);
      send({ window: id, state: 'closed' });
    }
  }, WINDOW_LOOK_MS);

  Object.defineProperty(window, 'launcher', {
    value: Object.freeze({
      request,
      on: (name, listener) => {
        const ofName = listeners.get(name) ?? new Set();
        listeners.set(name, ofName.add(listener));
        return () => ofName.delete(listener);
      },
    }),
  });
  connect();
})();
