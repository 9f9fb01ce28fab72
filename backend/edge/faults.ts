import { randomUUID } from 'node:crypto';
import { z } from 'zod';

const bytes = z.int().min(0);

/** What can be made to go wrong with an answer that would have been good. */
const faultSchema = z.discriminatedUnion('kind', [
  /** The answer begins late. */
  z.strictObject({ kind: z.literal('latency'), latencyMs: z.int().min(0).max(600_000) }),
  /** The body is no faster than this. */
  z.strictObject({ kind: z.literal('rate'), bytesPerSecond: z.int().min(1) }),
  /** The connection ends in good order after so many bytes of the body, before all of them. */
  z.strictObject({ kind: z.literal('truncate'), afterBytes: bytes }),
  /** The connection is reset after so many bytes of the body. */
  z.strictObject({ kind: z.literal('reset'), afterBytes: bytes }),
  /** One bit of the body's byte `atByte` is flipped. */
  z.strictObject({ kind: z.literal('corrupt'), atByte: bytes }),
  /** The origin or the CDN refuses: bodies as in CloudFront and S3. */
  z.strictObject({
    kind: z.literal('status'),
    status: z.literal([403, 404, 416, 500, 502, 503, 504]),
    from: z.enum(['cdn', 'origin', 'geo', 'waf']).optional(),
  }),
  /** 206 with a `Content-Range`, and bytes, that lie this much later than what was asked for. */
  z.strictObject({ kind: z.literal('wrong-range'), shiftBytes: z.int().min(1) }),
  /** The range is ignored: 200 and the whole object. */
  z.strictObject({ kind: z.literal('ignore-range') }),
  /** Somebody else's HTML, with status 200. */
  z.strictObject({ kind: z.literal('captive-portal') }),
]);

export type Fault = z.infer<typeof faultSchema>;

/** When a fault strikes: every match must hold; without any, every request. */
export const faultRuleSchema = z.strictObject({
  fault: faultSchema,
  pathPrefix: z.string().optional(),
  /** Somewhere in the path: `/packs/`. */
  pathPart: z.string().optional(),
  grantId: z.string().optional(),
  method: z.enum(['GET', 'HEAD']).optional(),
  /** Let this many matching requests pass first. */
  skip: z.int().min(0).optional(),
  /** Strike this often, then be done; without it, until removed. */
  times: z.int().min(1).optional(),
});

export type FaultRule = z.infer<typeof faultRuleSchema>;

export interface ActiveFault extends FaultRule {
  readonly id: string;
  /** How often it has struck. */
  readonly struck: number;
}

export interface FaultTarget {
  readonly path: string;
  readonly method: string;
  readonly grantId: string | undefined;
}

/** The faults an edge injects: all that match a request strike together, in the order they were added. */
export class FaultList {
  #rules: { id: string; rule: FaultRule; seen: number; struck: number }[] = [];

  /** @returns The id to remove it by. */
  add(rule: FaultRule): string {
    const id = randomUUID();
    this.#rules.push({ id, rule: faultRuleSchema.parse(rule), seen: 0, struck: 0 });
    return id;
  }

  remove(id: string): boolean {
    const before = this.#rules.length;
    this.#rules = this.#rules.filter((rule) => rule.id !== id);
    return this.#rules.length < before;
  }

  clear(): void {
    this.#rules = [];
  }

  list(): readonly ActiveFault[] {
    return this.#rules.map(({ id, rule, struck }) => ({ ...rule, id, struck }));
  }

  /** What strikes this request; counts it. */
  take(target: FaultTarget): Fault[] {
    const striking: Fault[] = [];
    for (const entry of this.#rules) {
      if (!isHit(entry.rule, target)) continue;
      entry.seen += 1;
      const isEarly = entry.seen <= (entry.rule.skip ?? 0);
      if (isEarly || entry.struck >= (entry.rule.times ?? Number.POSITIVE_INFINITY)) continue;
      entry.struck += 1;
      striking.push(entry.rule.fault);
    }
    return striking;
  }
}

/** The fault of one kind among those that strike a request. */
export function findFault<Kind extends Fault['kind']>(
  faults: readonly Fault[],
  kind: Kind,
): Extract<Fault, { kind: Kind }> | undefined {
  return faults.find((fault): fault is Extract<Fault, { kind: Kind }> => fault.kind === kind);
}

function isHit(rule: FaultRule, { path, method, grantId }: FaultTarget): boolean {
  if (rule.pathPrefix !== undefined && !path.startsWith(rule.pathPrefix)) return false;
  if (rule.pathPart !== undefined && !path.includes(rule.pathPart)) return false;
  if (rule.grantId !== undefined && rule.grantId !== grantId) return false;
  return rule.method === undefined || rule.method === method;
}
