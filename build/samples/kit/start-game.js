import { connectLauncher } from './launcher-link.js';
import { loadPack } from './pack-reader.js';
import { createSoundDesk } from './sound-desk.js';
import { createStage } from './stage.js';

/**
 * Open the page's game: its data are loaded, then `open(page)` gives an object with `frame(seconds, now)`.
 * What goes wrong is said on the stage, by the game's `title`.
 */
export async function startGame(title, open) {
  const canvas = document.querySelector('#stage');
  const announcer = document.querySelector('#announcer');
  let game = null;
  let failure = '';
  const stage = createStage(canvas, (seconds, now) => {
    if (game) game.frame(seconds, now);
    else paintMessage(stage, failure);
  });
  try {
    const launcher = await connectLauncher();
    const [settings, pack] = await Promise.all([
      fetch('data/settings.json').then((answer) => answer.json()),
      loadPack('assets.pak'),
    ]);
    const announce = (words) => {
      announcer.textContent = words;
    };
    game = await open({ canvas, stage, settings, pack, sounds: createSoundDesk(), launcher, announce });
    canvas.focus();
  } catch (error) {
    failure = `${title} could not start: ${error.message}. Verify the game's files and try again.`;
  }
}

function paintMessage({ context, width, height }, words) {
  context.fillStyle = '#0b0e14';
  context.fillRect(0, 0, width, height);
  context.fillStyle = '#e6eaf2';
  context.font = '18px Inter, system-ui, sans-serif';
  context.textAlign = 'center';
  context.fillText(words, width / 2, height / 2);
}
