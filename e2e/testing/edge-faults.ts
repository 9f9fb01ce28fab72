import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stage } from '../../build/demo/stage.ts';

/** The local edge's switchboard of faults; what can be added is in `backend/edge/faults.ts`. */
export interface EdgeFaults {
  readonly add: (rule: object) => Promise<void>;
  readonly clear: () => Promise<void>;
}

export async function openFaults(stage: Stage): Promise<EdgeFaults> {
  const file = join(stage.folder, 'service', 'keys', 'secrets.json');
  const { edgeAdminToken } = JSON.parse(await readFile(file, 'utf8')) as { edgeAdminToken: string };
  const call = async (method: 'POST' | 'DELETE', body?: string): Promise<void> => {
    const answer = await fetch(`${stage.edgeUrl}/.edge/faults`, {
      method,
      headers: { authorization: `Bearer ${edgeAdminToken}` },
      ...(body === undefined ? {} : { body }),
    });
    if (!answer.ok) throw new Error(`the edge refused a fault: ${await answer.text()}`);
  };
  return {
    add: async (rule) => await call('POST', JSON.stringify(rule)),
    clear: async () => await call('DELETE'),
  };
}
