import { createLauncherTrust, type SignedBuild } from '../../trust/launcher-trust.ts';
import { testSigner, TestTrustRepository } from './trust-repository.ts';

/** What happens to a repository, one after the other; every process that plays them up to a step has the same one. */
export const TRUST_STEPS = ['first', 'release', 'new-keys'] as const;
export type TrustStep = (typeof TRUST_STEPS)[number];

export function playTrustSteps(last: TrustStep): TestTrustRepository {
  const repository = new TestTrustRepository();
  repository.release('skylark', 1);
  if (last === 'first') return repository;
  repository.release('skylark', 2);
  if (last === 'release') return repository;
  repository.keys.timestamp = testSigner('the next timestamp');
  repository.signRoot(repository.keys.root.slice(0, 2));
  repository.release('skylark', 3);
  return repository;
}

/** What a launcher finds after a step. */
export function runTrustStep(folder: string, step: TrustStep): Promise<SignedBuild> {
  const repository = playTrustSteps(step);
  const trust = createLauncherTrust({
    folder,
    shippedRoot: async () => repository.root(),
    metadataUrl: async () => 'https://cdn.example/trust/',
    fetch: repository.fetch,
    now: () => repository.nowMs,
  });
  return trust.findBuild({
    organisationId: repository.scope,
    gameId: 'skylark',
    depot: 'linux',
    channel: 'stable',
  });
}
