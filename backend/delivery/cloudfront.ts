import {
  CloudFrontClient,
  CreateInvalidationCommand,
  CreateKeyGroupCommand,
  CreatePublicKeyCommand,
  DeletePublicKeyCommand,
  type DistributionConfig,
  GetDistributionCommand,
  GetInvalidationCommand,
  GetKeyGroupCommand,
  GetPublicKeyCommand,
  ListKeyGroupsCommand,
  ListPublicKeysCommand,
  UpdateKeyGroupCommand,
} from '@aws-sdk/client-cloudfront';
import { deliveryErrors } from './errors.ts';

export interface CloudFrontOptions {
  readonly distributionId: string;
  /** Only for a server that is not AWS. */
  readonly endpoint?: string;
  /** Without it, the SDK's own chain: environment, profile, instance role. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface PublicKeyListing {
  readonly id: string;
  readonly name: string;
}

export interface KeyGroup {
  readonly id: string;
  readonly name: string;
  readonly keyIds: readonly string[];
}

/** What Gantry must know of a distribution to say whether it can serve grants. */
export interface DistributionSettings {
  readonly id: string;
  readonly domainName: string;
  /** `Deployed` once every edge has the settings. */
  readonly status: string;
  readonly isEnabled: boolean;
  /** Grants bound to an address work only where this is false. */
  readonly isIpv6Enabled: boolean;
  /** Trusted key groups by path pattern; `*` is the default behaviour. */
  readonly keyGroupIds: Readonly<Record<string, readonly string[]>>;
  /** Bucket of the standard logs, '' for none. */
  readonly logBucket: string;
}

/** What one CreateInvalidation takes. */
const INVALIDATION_PATHS_MAX = 3000;
/** CloudFront is a global service whose interface is in us-east-1. */
const REGION = 'us-east-1';

/** The few things the service asks of CloudFront. Every failure is `CDN_REQUEST_FAILED` with AWS's own error name. */
export class CloudFrontCdn {
  readonly #client: CloudFrontClient;
  readonly #distributionId: string;

  constructor({ distributionId, endpoint, credentials }: CloudFrontOptions) {
    this.#distributionId = distributionId;
    this.#client = new CloudFrontClient({
      region: REGION,
      ...(endpoint && { endpoint }),
      ...(credentials && { credentials }),
    });
  }

  close(): void {
    this.#client.destroy();
  }

  /**
   * Have the edges forget paths, each absolute, a trailing `*` allowed.
   * @param reference Names the request: asking again with the same reference and paths is the same invalidation, paid once.
   * @returns The invalidations' ids, one for every 3,000 paths.
   */
  async invalidate(paths: readonly string[], reference: string): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let at = 0; at < paths.length; at += INVALIDATION_PATHS_MAX) {
      const Items = paths.slice(at, at + INVALIDATION_PATHS_MAX);
      const CallerReference = at === 0 ? reference : `${reference}-${at}`;
      const InvalidationBatch = { CallerReference, Paths: { Quantity: Items.length, Items } };
      const command = new CreateInvalidationCommand({
        DistributionId: this.#distributionId,
        InvalidationBatch,
      });
      const { Invalidation } = await asked(this.#client.send(command));
      ids.push(required(Invalidation?.Id, 'Invalidation.Id'));
    }
    return ids;
  }

  /** Whether every edge has done it. */
  async isInvalidated(invalidationId: string): Promise<boolean> {
    const command = new GetInvalidationCommand({ DistributionId: this.#distributionId, Id: invalidationId });
    return (await asked(this.#client.send(command))).Invalidation?.Status === 'Completed';
  }

  async listPublicKeys(): Promise<readonly PublicKeyListing[]> {
    const keys: PublicKeyListing[] = [];
    let Marker: string | undefined;
    do {
      const { PublicKeyList } = await asked(this.#client.send(new ListPublicKeysCommand({ Marker })));
      for (const { Id, Name } of PublicKeyList?.Items ?? []) keys.push({ id: Id ?? '', name: Name ?? '' });
      Marker = PublicKeyList?.NextMarker;
    } while (Marker);
    return keys;
  }

  /** @returns The id CloudFront gave the key, which grants must name. Asking again for the same name and key gives the same id. */
  async addPublicKey({
    name,
    publicKeyPem,
  }: {
    readonly name: string;
    readonly publicKeyPem: string;
  }): Promise<string> {
    const PublicKeyConfig = { CallerReference: name, Name: name, EncodedKey: publicKeyPem };
    const { PublicKey } = await asked(this.#client.send(new CreatePublicKeyCommand({ PublicKeyConfig })));
    return required(PublicKey?.Id, 'PublicKey.Id');
  }

  /** CloudFront refuses while a key group still has the key. */
  async removePublicKey(keyId: string): Promise<void> {
    const { ETag } = await asked(this.#client.send(new GetPublicKeyCommand({ Id: keyId })));
    await asked(this.#client.send(new DeletePublicKeyCommand({ Id: keyId, IfMatch: ETag })));
  }

  async listKeyGroups(): Promise<readonly KeyGroup[]> {
    const groups: KeyGroup[] = [];
    let Marker: string | undefined;
    do {
      const { KeyGroupList } = await asked(this.#client.send(new ListKeyGroupsCommand({ Marker })));
      for (const { KeyGroup: group } of KeyGroupList?.Items ?? []) {
        groups.push({
          id: group?.Id ?? '',
          name: group?.KeyGroupConfig?.Name ?? '',
          keyIds: group?.KeyGroupConfig?.Items ?? [],
        });
      }
      Marker = KeyGroupList?.NextMarker;
    } while (Marker);
    return groups;
  }

  async createKeyGroup({
    name,
    keyIds,
  }: {
    readonly name: string;
    readonly keyIds: readonly string[];
  }): Promise<string> {
    const KeyGroupConfig = { Name: name, Items: [...keyIds] };
    const { KeyGroup: group } = await asked(this.#client.send(new CreateKeyGroupCommand({ KeyGroupConfig })));
    return required(group?.Id, 'KeyGroup.Id');
  }

  /** Change a group's keys from what they are now; a change made by somebody else in between makes it fail, not vanish. */
  async changeKeyGroup(
    groupId: string,
    change: (keyIds: readonly string[]) => readonly string[],
  ): Promise<KeyGroup> {
    const { KeyGroup: group, ETag } = await asked(this.#client.send(new GetKeyGroupCommand({ Id: groupId })));
    const name = group?.KeyGroupConfig?.Name ?? '';
    const keyIds = change(group?.KeyGroupConfig?.Items ?? []);
    const { Comment } = group?.KeyGroupConfig ?? {};
    const KeyGroupConfig = { Name: name, Items: [...keyIds], ...(Comment !== undefined && { Comment }) };
    await asked(this.#client.send(new UpdateKeyGroupCommand({ Id: groupId, IfMatch: ETag, KeyGroupConfig })));
    return { id: groupId, name, keyIds };
  }

  async readDistribution(): Promise<DistributionSettings> {
    const { Distribution } = await asked(
      this.#client.send(new GetDistributionCommand({ Id: this.#distributionId })),
    );
    const config = Distribution?.DistributionConfig;
    return {
      id: required(Distribution?.Id, 'Distribution.Id'),
      domainName: Distribution?.DomainName ?? '',
      status: Distribution?.Status ?? '',
      isEnabled: config?.Enabled ?? false,
      isIpv6Enabled: config?.IsIPV6Enabled ?? false,
      keyGroupIds: keyGroupsOf(config),
      logBucket: config?.Logging?.Enabled ? (config.Logging.Bucket ?? '') : '',
    };
  }
}

function keyGroupsOf(config: DistributionConfig | undefined): Record<string, readonly string[]> {
  const groups: Record<string, readonly string[]> = {
    '*': config?.DefaultCacheBehavior?.TrustedKeyGroups?.Items ?? [],
  };
  for (const behavior of config?.CacheBehaviors?.Items ?? []) {
    groups[behavior.PathPattern ?? ''] = behavior.TrustedKeyGroups?.Items ?? [];
  }
  return groups;
}

async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const reason = error instanceof Error ? error.name : 'unknown';
    throw deliveryErrors.error('CDN_REQUEST_FAILED', { reason }, error);
  }
}

function required(value: string | undefined, field: string): string {
  if (!value) throw deliveryErrors.error('CDN_REQUEST_FAILED', { reason: `the answer has no ${field}` });
  return value;
}
