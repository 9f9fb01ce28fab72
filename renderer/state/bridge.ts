import type {
  Answer,
  Failure,
  LauncherBridge,
  RequestArgument,
  RequestName,
  RequestResult,
} from '../../preload/contract.ts';

let connected: LauncherBridge | null = null;

/** The bridge the host put on the window, or null when this page was opened outside the launcher. */
export function findBridge(): LauncherBridge | null {
  const host = window as Window & { readonly launcher?: LauncherBridge };
  return host.launcher ?? null;
}

/** Make `bridge` the one way out for every action; called once at start, and by tests. */
export function connectBridge(bridge: LauncherBridge): void {
  connected = bridge;
}

/**
 * Ask main to do something.
 * @returns Main's answer. A bridge that breaks (host gone, connection cut) is an answer too, never an exception.
 */
export async function request<Name extends RequestName>(
  name: Name,
  argument: RequestArgument<Name>,
): Promise<Answer<RequestResult<Name>>> {
  if (connected === null) throw new Error('The bridge is used before it is connected.');
  try {
    return await connected.request(name, argument);
  } catch (cause) {
    return { ok: false, error: bridgeLost(name, cause) };
  }
}

function bridgeLost(name: RequestName, cause: unknown): Failure {
  return {
    code: 'BRIDGE_LOST',
    message: 'The launcher did not answer.',
    next: 'Try again. If it keeps happening, close the launcher and open it again.',
    details: { request: name, cause: cause instanceof Error ? cause.message : String(cause) },
    action: 'retry',
    cause: 'The launcher is closing, or its window has lost it.',
    findings: [],
    supportCode: '',
  };
}
