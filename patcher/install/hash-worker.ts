import { serveTasks } from '../threads/task-server.ts';
import { type FilePiece, hashPieces } from './hash-pieces.ts';

serveTasks((pieces: readonly FilePiece[], report) => hashPieces(pieces, report));
