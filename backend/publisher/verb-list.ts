import type { Command } from 'commander';

type Register = (program: Command) => void;
type VerbLoader = () => Promise<Register>;

/** Verbs by the heading they are listed under. Each is loaded only when it is run, or listed in the help. */
const groups: Readonly<Record<string, Readonly<Record<string, VerbLoader>>>> = {
  'Account:': {
    login: async () => (await import('./verbs/login.ts')).registerLogin,
    logout: async () => (await import('./verbs/account.ts')).registerLogout,
    whoami: async () => (await import('./verbs/account.ts')).registerWhoami,
  },
  'Publish:': {
    init: async () => (await import('./verbs/init.ts')).registerInit,
    push: async () => (await import('./verbs/push.ts')).registerPush,
    preview: async () => (await import('./verbs/preview.ts')).registerPreview,
    builds: async () => (await import('./verbs/builds.ts')).registerBuilds,
    channel: async () => (await import('./verbs/channel.ts')).registerChannel,
    keys: async () => (await import('./verbs/keys.ts')).registerKeys,
    game: async () => (await import('./verbs/game.ts')).registerGame,
    quest: async () => (await import('./verbs/quest.ts')).registerQuest,
    organisation: async () => (await import('./verbs/organisation.ts')).registerOrganisation,
  },
  'Watch:': {
    status: async () => (await import('./verbs/status.ts')).registerStatus,
    costs: async () => (await import('./verbs/costs.ts')).registerCosts,
  },
  'Offline:': {
    diff: async () => (await import('./verbs/diff.ts')).registerDiff,
    apply: async () => (await import('./verbs/apply.ts')).registerApply,
    verify: async () => (await import('./verbs/verify.ts')).registerVerify,
  },
  'Serve:': {
    serve: async () => (await import('./verbs/serve.ts')).registerServe,
    worker: async () => (await import('./verbs/worker.ts')).registerWorker,
    edge: async () => (await import('./verbs/edge.ts')).registerEdge,
  },
};

/**
 * Add to the program the one verb that its first word names, else all: help and complaints about unknown words
 * list them.
 */
export async function registerVerbs(program: Command, firstWord: string | undefined): Promise<void> {
  if (firstWord === '--version' || firstWord === '-V') return;
  for (const [heading, verbs] of Object.entries(groups)) {
    const only = Object.entries(verbs).filter(([name]) => name === firstWord);
    if (only.length === 0) continue;
    program.commandsGroup(heading);
    for (const [, load] of only) (await load())(program);
    return;
  }
  for (const [heading, verbs] of Object.entries(groups)) {
    program.commandsGroup(heading);
    for (const load of Object.values(verbs)) (await load())(program);
  }
}
