import { startGame } from './start-game.js';
import { openStillwater } from './stillwater.js';

startGame('Stillwater', openStillwater);
