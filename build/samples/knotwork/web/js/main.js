import { startGame } from './start-game.js';
import { openKnotwork } from './knotwork.js';

startGame('Knotwork', openKnotwork);
