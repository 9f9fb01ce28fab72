import { startGame } from './start-game.js';
import { openOrrery } from './orrery.js';

startGame('Orrery', openOrrery);
