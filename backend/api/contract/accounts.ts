import { z } from 'zod';
import type { RouteTable } from './route.ts';
import { organisationIdSchema, roleSchema, timestampSchema } from './words.ts';

export const credentialsSchema = z.object({
  email: z.email().max(254),
  password: z.string().min(8).max(256),
});
export const membershipSchema = z.object({
  organisationId: organisationIdSchema,
  name: z.string(),
  role: roleSchema,
});
export const accountSchema = z.object({
  accountId: z.uuid(),
  email: z.string(),
  displayName: z.string(),
  organisations: z.array(membershipSchema),
});
/** What signing in or refreshing gives. The access token lives 10 minutes at most, the refresh token is used once. */
export const sessionSchema = z.object({
  accessToken: z.string(),
  accessTokenExpiresAt: timestampSchema,
  refreshToken: z.string(),
  account: accountSchema,
});
export const accountSessionSchema = z.object({
  sessionId: z.uuid(),
  device: z.string(),
  createdAt: timestampSchema,
  lastUsedAt: timestampSchema,
  current: z.boolean(),
});
export type Account = z.infer<typeof accountSchema>;
export type Session = z.infer<typeof sessionSchema>;

export const accountRoutes = {
  register: {
    method: 'POST',
    path: '/v1/auth/register',
    auth: 'public',
    summary: 'Open an account.',
    body: credentialsSchema.extend({
      displayName: z.string().min(1).max(80),
      device: z.string().max(120).default('unknown device'),
    }),
    response: sessionSchema,
  },
  login: {
    method: 'POST',
    path: '/v1/auth/login',
    auth: 'public',
    summary: 'Sign in.',
    // Any password may be tried; only a new one has rules.
    body: credentialsSchema.extend({
      password: z.string().min(1).max(256),
      device: z.string().max(120).default('unknown device'),
    }),
    response: sessionSchema,
  },
  refresh: {
    method: 'POST',
    path: '/v1/auth/refresh',
    auth: 'public',
    summary: 'Exchange a refresh token for a new session; a token used twice revokes its family.',
    body: z.object({ refreshToken: z.string().min(20).max(512) }),
    response: sessionSchema,
  },
  logout: {
    method: 'POST',
    path: '/v1/auth/logout',
    auth: 'public',
    summary: 'End the session of a refresh token.',
    body: z.object({ refreshToken: z.string().min(20).max(512) }),
    response: 'empty',
  },
  account: {
    method: 'GET',
    path: '/v1/account',
    auth: 'account',
    summary: 'The signed-in account.',
    response: accountSchema,
  },
  accountSessions: {
    method: 'GET',
    path: '/v1/account/sessions',
    auth: 'account',
    summary: 'Where the account is signed in.',
    response: z.object({ sessions: z.array(accountSessionSchema) }),
  },
  revokeAccountSession: {
    method: 'DELETE',
    path: '/v1/account/sessions/:sessionId',
    auth: 'account',
    summary: 'End one of the account’s sessions.',
    params: z.object({ sessionId: z.uuid() }),
    response: 'empty',
  },
} as const satisfies RouteTable;

export const organisationRoutes = {
  createOrganisation: {
    method: 'POST',
    path: '/v1/organisations',
    auth: 'account',
    summary: 'Found an organisation; its founder is its owner.',
    body: z.object({ organisationId: organisationIdSchema, name: z.string().min(1).max(120) }),
    response: membershipSchema,
  },
  addMember: {
    method: 'POST',
    path: '/v1/organisations/:organisationId/members',
    auth: ['owner'],
    summary: 'Add an account to an organisation.',
    params: z.object({ organisationId: organisationIdSchema }),
    body: z.object({ email: z.email(), role: roleSchema }),
    response: 'empty',
  },
} as const satisfies RouteTable;
