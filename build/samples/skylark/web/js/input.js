const diveKeys = new Set(['Space', 'ArrowDown', 'KeyS', 'Enter', 'ShiftLeft']);

/**
 * One button to fly with, from keyboard, pointer or gamepad.
 * `poll()` reads gamepads and returns the presses since the last poll.
 */
export function createInput(canvas) {
  const held = new Set();
  let presses = [];
  let padWas = { dive: false, pause: false };

  addEventListener('keydown', (event) => {
    if (diveKeys.has(event.code)) {
      event.preventDefault();
      if (!event.repeat) press('dive', event.code);
    } else if ((event.code === 'Escape' || event.code === 'KeyP') && !event.repeat) {
      presses.push('pause');
    } else if (event.code === 'KeyM' && !event.repeat) {
      presses.push('mute');
    }
  });
  addEventListener('keyup', (event) => held.delete(event.code));
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    press('dive', 'pointer');
  });
  for (const end of ['pointerup', 'pointercancel']) {
    canvas.addEventListener(end, () => held.delete('pointer'));
  }
  addEventListener('blur', () => {
    held.clear();
    presses.push('leave');
  });
  document.addEventListener('visibilitychange', () => document.hidden && presses.push('leave'));

  function press(name, source) {
    held.add(source);
    presses.push(name);
  }

  function readPad() {
    const pads = navigator.getGamepads?.() ?? [];
    const pad = [...pads].find((one) => one?.connected);
    const down = (index) => pad?.buttons[index]?.pressed ?? false;
    const now = { dive: down(0) || down(1) || down(7) || down(13), pause: down(9) };
    if (now.dive && !padWas.dive) press('dive', 'pad');
    if (!now.dive) held.delete('pad');
    if (now.pause && !padWas.pause) presses.push('pause');
    padWas = now;
  }

  return {
    diving: () => held.size > 0,
    poll() {
      readPad();
      const taken = presses;
      presses = [];
      return taken;
    },
  };
}
