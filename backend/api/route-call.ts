import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Role, RouteContract, RouteName, Routes } from './contract.ts';

/** Who asks, proven by an access token of a live session. */
export interface SignedIn {
  readonly accountId: string;
  readonly sessionId: string;
}

/** The organisation a role-bound route works in, and the caller's role there. */
export interface Tenant {
  readonly organisationId: string;
  readonly role: Role;
}

type Parsed<S> = S extends z.ZodType ? z.output<S> : S extends 'bytes' ? Buffer : undefined;
type PartOf<R, K extends string> = R extends { readonly [P in K]: infer S } ? Parsed<S> : undefined;

/** What a handler gets: everything validated, the caller authorised. */
export interface RouteCall<R extends RouteContract> {
  readonly params: PartOf<R, 'params'>;
  readonly query: PartOf<R, 'query'>;
  readonly body: PartOf<R, 'body'>;
  readonly account: R['auth'] extends 'public' ? undefined : SignedIn;
  readonly tenant: R['auth'] extends readonly Role[] ? Tenant : undefined;
  readonly idempotencyKey: R extends { readonly idempotent: true } ? string : undefined;
  readonly ip: string;
  readonly requestId: string;
  readonly setHeader: (name: string, value: string) => void;
}

type Answer<S> = S extends z.ZodType ? z.input<S> : S extends 'bytes' ? Uint8Array | Readable : void;

export type RouteHandler<Name extends RouteName> = (
  call: RouteCall<Routes[Name]>,
) => Promise<Answer<Routes[Name]['response']>>;

/** Binds a route of the contract to what it does. Validation, sign-in, roles and limits come from the contract. */
export type RegisterRoute = <Name extends RouteName>(name: Name, handler: RouteHandler<Name>) => void;
