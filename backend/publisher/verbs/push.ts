import { resolve } from 'node:path';
import type { Command } from 'commander';
import { pushBuild } from '../../../patcher/push/push-build.ts';
import { formatBytes, formatSeconds } from '../../../patcher/terminal/quantities.ts';
import type { CliContext, CommonOptions } from '../command/context.ts';
import { ensureGame } from '../signing/game-owner.ts';
import { withBuild, withChannel } from '../signing/game-record.ts';
import { checkSigning, signGame } from '../signing/sign-game.ts';
import { detectLaunchTargets } from '../upload/launch-detection.ts';
import { PROJECT_FILE_NAME } from '../upload/project-file.ts';
import { type PushTarget, parseTarget } from '../upload/push-target.ts';
import { scanBuild } from '../upload/scan-build.ts';
import { createServicePush } from '../upload/service-push-port.ts';
import { addVerb } from '../command/verb.ts';

interface PushOptions extends CommonOptions {
  readonly label?: string;
  readonly notes?: string;
  readonly config?: string;
  readonly organisation?: string;
  readonly dryRun?: boolean;
}

export function registerPush(program: Command): void {
  addVerb<PushOptions>(program, {
    name: 'push',
    summary: 'upload a folder as a build',
    help: `Uploads what the depot does not have yet; pushing the same folder again uploads nothing. With a channel the
new build goes live there once the service has checked it. A push that was stopped goes on where it was.
The first push of a game creates it in your organisation.

Builds are signed with this machine's key, which the first push makes; players install nothing else. See gantry keys.

How the build starts, which files belong to the player and which to leave out is read from ${PROJECT_FILE_NAME} in
the current folder (gantry init writes one); without it the one program at the build's root is used.`,
    arguments: [
      ['<folder>', 'the build, as players shall have it'],
      ['<target>', 'game/depot or game/depot:channel'],
    ],
    options: [
      ['--label <version>', 'a version for people, for example 1.4.2'],
      ['--notes <text>', 'what is new, shown to players before they update'],
      ['--config <file>', `another project file than ./${PROJECT_FILE_NAME}`],
      ['--organisation <id>', 'who owns a game that this push creates'],
      ['--dry-run', 'say what would be uploaded, and upload nothing'],
    ],
    examples: [
      'gantry push ./build skyforge/linux:beta',
      'gantry push ./build skyforge/windows --label 1.4.2 --notes "New biome"',
      'gantry push ./build skyforge/linux:beta --dry-run --json',
    ],
    run: async (context, options, folder = '', target = '') => {
      const parsed = parseTarget(target);
      if (options.dryRun) await previewPush(context, options, resolve(folder), parsed);
      else await push(context, options, resolve(folder), parsed);
    },
  });
}

async function push(
  context: CliContext,
  options: PushOptions,
  root: string,
  target: PushTarget,
): Promise<void> {
  const { api, output, signal } = context;
  const started = Date.now();
  const { project, scanned } = await scanBuild({
    root,
    depot: target.depot,
    config: options.config,
    output,
    signal,
  });
  const launch = project.launch ?? detectLaunchTargets(target.depot, scanned.entries);
  if (launch.length === 0) {
    output.remark(
      `This build has no launch target, so players cannot start it; name one in ${PROJECT_FILE_NAME}.`,
    );
  }
  const created = await ensureGame(api, target.gameId, options.organisation, signal);
  if (created) output.remark(`Created the game ${target.gameId}.`);

  const { gameId, depot, channel } = target;
  await checkSigning(context, gameId);
  const session = await api.beginPush(
    {
      params: { gameId, depot },
      body: {
        version: options.label ?? '',
        notes: options.notes ?? '',
      },
    },
    { signal },
  );
  const service = createServicePush({
    api,
    target,
    pushSessionId: session.pushSessionId,
    signal,
    onVerifying: (done, total) =>
      output.progress.update({ phase: 'checking', bytesDone: done, bytesTotal: total, unit: 'packs' }),
  });
  const report = await pushBuild({
    root,
    scanned,
    port: service.port,
    launch,
    preserve: project.preserve,
    signal,
    onProgress: (state) => output.progress.update(state),
  });
  output.progress.end();
  const build = service.committed();
  const vouched = { gameId, depot, ...service.vouched() };
  await signGame(context, gameId, (targets) =>
    channel === undefined ? withBuild(targets, vouched) : withChannel(targets, channel, vouched),
  );
  const seconds = (Date.now() - started) / 1000;
  output.result(
    {
      gameId,
      depot,
      channel: channel ?? null,
      version: build.version,
      ...report,
      buildId: build.buildId,
      seconds,
    },
    [
      `Build ${build.buildId} of ${gameId}/${depot}${build.version === '' ? '' : ` (${build.version})`}: ${report.files} files, ${formatBytes(report.totalBytes)}.`,
      report.uploadedBytes === 0
        ? 'Nothing was uploaded: the depot has all of it.'
        : `Uploaded ${formatBytes(report.uploadedBytes)} in ${formatSeconds(seconds)}; ${report.knownChunks} of ${report.knownChunks + report.newChunks} chunks were there.`,
      channel === undefined
        ? `Promote it with: gantry channel promote ${gameId}/${depot}:beta --build ${build.buildId}`
        : `Live on ${channel}.`,
    ].join('\n'),
  );
}

async function previewPush(
  context: CliContext,
  options: PushOptions,
  root: string,
  target: PushTarget,
): Promise<void> {
  const { previewBuild } = await import('../upload/preview-build.ts');
  await previewBuild(context, { root, target, config: options.config });
}
