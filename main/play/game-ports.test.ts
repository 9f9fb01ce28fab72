import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDocument } from '../profile/document.ts';
import { createGamePorts, derivePort, FIRST_PORT, gamePortsSchema, LAST_PORT } from './game-ports.ts';

let folder: string;
const servers: Server[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gantry-ports-'));
});
afterEach(async () => {
  for (const server of servers.splice(0)) await close(server);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** The ports as a launcher finds them in the profile when it starts. */
async function openPorts() {
  const file = path.join(folder, 'ports.json');
  const document = await openDocument({
    file,
    version: 1,
    schema: gamePortsSchema,
    defaults: {},
    now: () => 0,
  });
  const ports = createGamePorts(document);
  return {
    play: async (gameId: string) => {
      const server = createServer();
      servers.push(server);
      const port = await ports.listen(gameId, server);
      return { port, stop: () => close(server) };
    },
    settled: () => document.settled(),
  };
}
/** A game nobody else on this machine tests with, for whoever runs these tests at the same time wants the same ports. */
const game = (name: string) => `${name}-${path.basename(folder).slice(-6).toLowerCase()}`;
const close = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()));

test('a game has the same port in every run and after every start', async () => {
  const first = await openPorts();
  const { port, stop } = await first.play(game('same-port'));
  await stop();
  const again = await first.play(game('same-port'));
  await again.stop();
  await first.settled();
  const later = await (await openPorts()).play(game('same-port'));
  expect([again.port, later.port]).toEqual([port, port]);
  expect(port).toBeGreaterThanOrEqual(FIRST_PORT);
  expect(port).toBeLessThanOrEqual(LAST_PORT);
});

test('two games never share a port, not even when both want the same', async () => {
  const ports = await openPorts();
  const one = await ports.play(game('game-one'));
  await one.stop();
  const rival = findRival(game('game-one'), one.port);
  const other = await ports.play(rival);
  expect(other.port).not.toBe(one.port);
});

test('a port that is taken is stepped over, and the game keeps the one it found', async () => {
  const taken = await (await openPorts()).play(game('stepped-over'));
  await rm(path.join(folder, 'ports.json'), { force: true });
  const ports = await openPorts();
  const found = await ports.play(game('stepped-over'));
  expect(found.port).not.toBe(taken.port);
  await found.stop();
  await taken.stop();
  expect((await ports.play(game('stepped-over'))).port).toBe(found.port);
});

test('a game whose port is taken today has it again tomorrow', async () => {
  const ports = await openPorts();
  const first = await ports.play(game('tomorrow'));
  const today = await ports.play(game('tomorrow'));
  expect(today.port).not.toBe(first.port);
  await today.stop();
  await first.stop();
  expect((await ports.play(game('tomorrow'))).port).toBe(first.port);
});

/** Another game whose wish is the port the first has. */
function findRival(gameId: string, port: number): string {
  for (let number = 0; ; number += 1) {
    const rival = `${gameId}-${number}`;
    if (derivePort(rival) === port) return rival;
  }
}
