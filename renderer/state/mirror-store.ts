import { create, type StoreApi, type UseBoundStore } from 'zustand';
import { shareUnchanged } from './share-unchanged.ts';

export type MirrorStore<Value> = UseBoundStore<StoreApi<Value>>;

/** A store that holds main's value of one slice; read it with narrow selectors. */
export function createMirrorStore<Value>(initial: Value): MirrorStore<Value> {
  return create<Value>()(() => initial);
}

/** Take main's new value, keeping the identity of everything that stayed equal. */
export function replaceMirror<Value>(store: MirrorStore<Value>, value: Value): void {
  store.setState(shareUnchanged(store.getState(), value), true);
}
