import { isDeepStrictEqual } from 'node:util';
import type {
  ChangedEvent,
  EventName,
  EventValue,
  LauncherSlices,
  LinkTarget,
  NoticeEvent,
  SliceName,
  Snapshot,
} from '../../preload/contract.ts';

type Listener<Name extends EventName> = (value: EventValue<Name>) => void;

/** Main's truth: every slice, one rising revision, and who wants to hear of changes. */
export interface StateStore {
  readonly get: <Name extends SliceName>(slice: Name) => LauncherSlices[Name];
  /** Replace a slice. Nothing happens, and no revision is spent, where the new value equals the old. */
  readonly set: <Name extends SliceName>(slice: Name, value: LauncherSlices[Name]) => void;
  readonly notice: (notice: NoticeEvent) => void;
  readonly openLink: (target: LinkTarget) => void;
  readonly snapshot: () => Snapshot;
  /** @returns A function that ends the subscription. */
  readonly on: <Name extends EventName>(name: Name, listener: Listener<Name>) => () => void;
}

export function createStateStore(initial: LauncherSlices): StateStore {
  const slices: { -readonly [Name in SliceName]: LauncherSlices[Name] } = { ...initial };
  const listeners: { readonly [Name in EventName]: Set<Listener<Name>> } = {
    changed: new Set(),
    noticed: new Set(),
    'link-opened': new Set(),
  };
  let revision = 0;

  return {
    get: (slice) => slices[slice],
    set: (slice, value) => {
      if (isDeepStrictEqual(slices[slice], value)) return;
      slices[slice] = value;
      revision += 1;
      // The pair of a slice's name and its own value is right by the type of `set`; the compiler cannot follow it through the union.
      const event = { revision, slice, value } as unknown as ChangedEvent;
      for (const listener of listeners.changed) listener(event);
    },
    notice: (notice) => {
      for (const listener of listeners.noticed) listener(notice);
    },
    openLink: (target) => {
      for (const listener of listeners['link-opened']) listener(target);
    },
    snapshot: () => ({ revision, slices: { ...slices } }),
    on: (name, listener) => {
      const ofName = listeners[name] as Set<typeof listener>;
      ofName.add(listener);
      return () => ofName.delete(listener);
    },
  };
}
