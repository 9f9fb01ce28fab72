import { connectLauncher } from './launcher-link.js';
import { loadPack } from './pack-reader.js';
import { createSoundDesk } from './sound-desk.js';
import { createStage } from './stage.js';
import { openKnotwork } from './knotwork.js';

const canvas = document.querySelector('#stage');
const announcer = document.querySelector('#announcer');
let game = null;
let failure = '';
const stage = createStage(canvas, (seconds, now) => {
  if (game) {
    game.frame(seconds, now);
    return;
  }
  const { context, width, height } = stage;
  context.fillStyle = '#0b0e14';
  context.fillRect(0, 0, width, height);
  context.fillStyle = '#e6eaf2';
  context.font = '18px Inter, system-ui, sans-serif';
  context.textAlign = 'center';
  context.fillText(failure, width / 2, height / 2);
});

async function open() {
  const launcher = await connectLauncher();
  const [settings, pack] = await Promise.all([
    fetch('data/settings.json').then((answer) => answer.json()),
    loadPack('assets.pak'),
  ]);
  const announce = (words) => {
    announcer.textContent = words;
  };
  game = await openKnotwork({ canvas, stage, settings, pack, sounds: createSoundDesk(), launcher, announce });
  canvas.focus();
}

open().catch((error) => {
  failure = `Knotwork could not start: ${error.message}. Verify the game's files and try again.`;
});
