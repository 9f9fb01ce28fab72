/**
 * The launcher's bridge: every request, result and event between main and renderer, as schemas, in a file for each domain.
 * Nothing here imports an implementation. Main owns the truth; the renderer subscribes to `changed`, then asks for the snapshot.
 */
import type { EventName, EventValue } from './contract/events.ts';
import type { Failure } from './contract/failure.ts';
import type { RequestArgument, RequestName, RequestResult } from './contract/requests.ts';

export * from './contract/failure.ts';
export * from './contract/session-state.ts';
export * from './contract/library-state.ts';
export * from './contract/downloads-state.ts';
export * from './contract/quests-state.ts';
export * from './contract/settings-state.ts';
export * from './contract/launcher-state.ts';
export * from './contract/slices.ts';
export * from './contract/requests.ts';
export * from './contract/events.ts';

/** What crosses the bridge instead of an exception. */
export type Answer<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Failure };

/** What the preload script puts on `window.launcher`, and the browser host's page script alike. */
export interface LauncherBridge {
  readonly request: <Name extends RequestName>(
    name: Name,
    argument: RequestArgument<Name>,
  ) => Promise<Answer<RequestResult<Name>>>;
  readonly on: <Name extends EventName>(
    name: Name,
    listener: (value: EventValue<Name>) => void,
  ) => () => void;
}
