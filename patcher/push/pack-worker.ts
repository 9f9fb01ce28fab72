import { serveTasks } from '../threads/task-server.ts';
import { type PackTask, type WrittenPack, writePack } from './pack-writer.ts';

serveTasks<PackTask, WrittenPack>(writePack, ({ bytes }) => [bytes.buffer]);
