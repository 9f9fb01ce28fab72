import { serveTasks } from '../../threads/task-server.ts';
import { hashPieces } from './hash-pieces.ts';

serveTasks(hashPieces);
