import type { ChangedEvent, Failure, LauncherBridge, SliceName, Snapshot } from '../../preload/contract.ts';

/** Where the mirror writes what it learns; one call per slice and value. */
export type ApplyChange = (change: ChangedEvent) => void;

export type MirrorStart =
  | { readonly ok: true; readonly stop: () => void }
  | { readonly ok: false; readonly failure: Failure };

/**
 * Follow main's state: subscribe first, then ask for the snapshot, so that nothing falls between the two.
 * A value older than the one already shown is dropped, whichever way it came.
 */
export async function startMirror(bridge: LauncherBridge, apply: ApplyChange): Promise<MirrorStart> {
  const revisions = new Map<SliceName, number>();
  const take = (change: ChangedEvent): void => {
    if (change.revision <= (revisions.get(change.slice) ?? -1)) return;
    revisions.set(change.slice, change.revision);
    apply(change);
  };
  const stop = bridge.on('changed', take);
  const answer = await bridge.request('state:read', {});
  if (!answer.ok) {
    stop();
    return { ok: false, failure: answer.error };
  }
  for (const change of changesOf(answer.value)) take(change);
  return { ok: true, stop };
}

/** A snapshot as one change per slice, each with the snapshot's revision. */
function changesOf({ revision, slices }: Snapshot): ChangedEvent[] {
  return [
    { revision, slice: 'settings', value: slices.settings },
    { revision, slice: 'connection', value: slices.connection },
    { revision, slice: 'library', value: slices.library },
    { revision, slice: 'downloads', value: slices.downloads },
    { revision, slice: 'quests', value: slices.quests },
    { revision, slice: 'launcher', value: slices.launcher },
    // Last: it decides which screen is shown, and the screen should find the rest in place.
    { revision, slice: 'session', value: slices.session },
  ];
}
