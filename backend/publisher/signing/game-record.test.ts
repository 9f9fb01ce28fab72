import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  findChannelBuild,
  findVouchedBuild,
  type RecordTargets,
  type VouchedBuild,
  withBuild,
  withChannel,
} from './game-record.ts';

function build(buildId: number, depot = 'linux'): VouchedBuild {
  const sha256 = createHash('sha256').update(`${buildId}`).digest('hex');
  return { gameId: 'skylark', depot, buildId, manifest: { sha256, sizeBytes: buildId + 1 } };
}

test('a channel points to a build that the record vouches for on its own as well', () => {
  const targets = withChannel(withBuild({}, build(1)), 'stable', build(2));
  const place = { gameId: 'skylark', depot: 'linux' };
  expect(findChannelBuild(targets, { ...place, channel: 'stable' })).toEqual(build(2));
  expect(findChannelBuild(targets, { ...place, channel: 'beta' })).toBeUndefined();
  expect(findVouchedBuild(targets, { ...place, buildId: 1 })).toEqual(build(1));
  expect(findVouchedBuild(targets, { ...place, buildId: 2 })).toEqual(build(2));
  expect(findVouchedBuild(targets, { ...place, depot: 'windows', buildId: 2 })).toBeUndefined();
});

test('years of builds stay within what a record may hold, and those on channels are never forgotten', () => {
  let targets: RecordTargets = withChannel({}, 'legacy', build(1));
  for (let buildId = 2; buildId <= 900; buildId++) targets = withBuild(targets, build(buildId));
  expect(Object.keys(targets).length).toBeLessThan(320);
  const place = { gameId: 'skylark', depot: 'linux' };
  expect(findChannelBuild(targets, { ...place, channel: 'legacy' })).toEqual(build(1));
  expect(findVouchedBuild(targets, { ...place, buildId: 1 })).toEqual(build(1));
  expect(findVouchedBuild(targets, { ...place, buildId: 900 })).toEqual(build(900));
  expect(findVouchedBuild(targets, { ...place, buildId: 2 })).toBeUndefined();
});
