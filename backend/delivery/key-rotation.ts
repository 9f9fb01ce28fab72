import type { CloudFrontCdn } from './cloudfront.ts';
import {
  activateKey,
  activeKey,
  addKey,
  type KeyOptions,
  type KeyRing,
  renameKey,
  retireKey,
} from './key-ring.ts';

/** What rotation asks of a CDN. */
export type KeyHost = Pick<CloudFrontCdn, 'addPublicKey' | 'changeKeyGroup' | 'removePublicKey'>;

/**
 * First half of a rotation, steps 1 and 3: the new key is trusted beside the old one, then signs.
 * Persist the returned ring, and wait out the longest grant before {@link finishRotation}.
 */
export async function beginRotation(
  ring: KeyRing,
  { cdn, keyGroupId, ...options }: { readonly cdn: KeyHost; readonly keyGroupId: string } & KeyOptions,
): Promise<KeyRing> {
  const { algorithm, hash } = activeKey(ring);
  const { ring: two, key } = await addKey(ring, { algorithm, hash, ...options });
  const keyId = await cdn.addPublicKey({ name: `gantry-${key.id}`, publicKeyPem: key.publicKeyPem });
  await cdn.changeKeyGroup(keyGroupId, (keyIds) => [...keyIds.filter((id) => id !== keyId), keyId]);
  return activateKey(renameKey(two, { from: key.id, to: keyId }), keyId);
}

/** Second half, step 5: whatever does not sign any more is trusted no longer. */
export async function finishRotation(
  ring: KeyRing,
  { cdn, keyGroupId }: { readonly cdn: KeyHost; readonly keyGroupId: string },
): Promise<KeyRing> {
  const retired = ring.keys.filter(({ id }) => id !== ring.activeKeyId).map(({ id }) => id);
  await cdn.changeKeyGroup(keyGroupId, (keyIds) => keyIds.filter((id) => !retired.includes(id)));
  for (const keyId of retired) await cdn.removePublicKey(keyId);
  return retired.reduce(retireKey, ring);
}
