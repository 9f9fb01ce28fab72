import { connectLauncher } from './launcher-link.js';
import { loadPack } from './pack-reader.js';
import { readSaved, writeSaved } from './saved-value.js';
import { createSoundDesk } from './sound-desk.js';
import { createStage } from './stage.js';
import { createInput } from './input.js';
import { paintLoading } from './screens.js';
import { createGame } from './game.js';

const canvas = document.querySelector('#stage');
const announcer = document.querySelector('#announcer');
let game = null;
let progress = 0;
let failure = '';
const stage = createStage(canvas, (seconds, now) => {
  if (game) game.frame(seconds, now);
  else paintLoading(stage.context, stage, progress, failure);
});

async function open() {
  const launcher = await connectLauncher();
  const [plan, pack] = await Promise.all([
    fetch('data/route.json').then((answer) => answer.json()),
    loadPack('assets.pak', (share) => {
      progress = share;
    }),
  ]);
  const sounds = createSoundDesk();
  for (const name of plan.sounds) sounds.add(name, pack.sound(`sound/${name}`));
  const record = {
    read: () => readSaved('skylark.best'),
    write: (score) => writeSaved('skylark.best', score),
  };
  const announce = (words) => {
    announcer.textContent = words;
  };
  game = createGame({ stage, input: createInput(canvas), plan, pack, sounds, launcher, record, announce });
  canvas.focus();
}

open().catch((error) => {
  failure = `Skylark could not start: ${error.message}. Verify the game's files and try again.`;
});
