import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { isMissing } from '../profile/document.ts';

const accountFileSchema = z.object({ value: z.object({ serviceUrl: z.string() }).nullable() });

/** The service the profile's player is signed in at, or null. */
export async function readStoredServer(profileFolder: string): Promise<string | null> {
  try {
    const text = await readFile(path.join(profileFolder, 'account.json'), 'utf8');
    const parsed = accountFileSchema.safeParse(JSON.parse(text));
    return parsed.success ? (parsed.data.value?.serviceUrl ?? null) : null;
  } catch (error) {
    // A damaged file is kept aside when the session opens it; here it names no service.
    if (isMissing(error) || error instanceof SyntaxError) return null;
    throw error;
  }
}
