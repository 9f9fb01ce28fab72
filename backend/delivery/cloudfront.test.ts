import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { CloudFrontCdn } from './cloudfront.ts';
import { activeKey, generateKeyRing } from './key-ring.ts';
import { beginRotation, finishRotation } from './key-rotation.ts';

interface Recorded {
  readonly request: string;
  readonly body: string;
  readonly ifMatch: string | undefined;
  readonly isSigned: boolean;
}

/** A server that answers like CloudFront and remembers what it was asked. */
const recorded: Recorded[] = [];
let answers: Record<string, string | { status: number; body: string }> = {};
async function answerLikeCloudFront(
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const name = `${request.method} ${(request.url ?? '').replace('/2020-05-31', '')}`;
  const { authorization = '', 'if-match': ifMatch } = request.headers;
  const isSigned = authorization.startsWith('AWS4-HMAC-SHA256 Credential=AK/');
  recorded.push({ request: name, body: await text(request), ifMatch, isSigned });
  const absent = '<ErrorResponse><Error><Code>NoSuchResource</Code></Error></ErrorResponse>';
  const answer = answers[name] ?? { status: 404, body: absent };
  const { status, body } = typeof answer === 'string' ? { status: 200, body: answer } : answer;
  response.writeHead(status, { 'content-type': 'text/xml', etag: 'E1' }).end(`<?xml version="1.0"?>${body}`);
}
const server = http.createServer((request, response) => void answerLikeCloudFront(request, response));
let cdn: CloudFrontCdn;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  cdn = new CloudFrontCdn({
    distributionId: 'D1',
    endpoint,
    credentials: { accessKeyId: 'AK', secretAccessKey: 'SK' },
  });
});
afterAll(() => {
  cdn.close();
  server.close();
});
beforeEach(() => {
  recorded.length = 0;
  answers = {};
});

it('invalidates paths, 3,000 at a time, signed and repeatable', async () => {
  answers['POST /distribution/D1/invalidation'] = {
    status: 201,
    body: '<Invalidation><Id>I1</Id><Status>InProgress</Status></Invalidation>',
  };
  const paths = Array.from({ length: 3001 }, (_, index) => `/public/${index}`);
  expect(await cdn.invalidate(paths, 'release-7')).toEqual(['I1', 'I1']);
  expect(recorded.map(({ isSigned }) => isSigned)).toEqual([true, true]);
  expect(recorded[0]?.body).toContain('<Quantity>3000</Quantity>');
  expect(recorded[0]?.body).toContain('<CallerReference>release-7</CallerReference>');
  expect(recorded[1]?.body).toContain('<Items><Path>/public/3000</Path></Items>');
  expect(recorded[1]?.body).toContain('<CallerReference>release-7-3000</CallerReference>');
  answers['GET /distribution/D1/invalidation/I1'] =
    '<Invalidation><Id>I1</Id><Status>Completed</Status></Invalidation>';
  expect(await cdn.isInvalidated('I1')).toBe(true);
});

it('asks for nothing when there is nothing to invalidate', async () => {
  expect(await cdn.invalidate([], 'none')).toEqual([]);
  expect(recorded).toEqual([]);
});

it('lists public keys and key groups page by page', async () => {
  const keyPage = (id: string, next: string): string =>
    `<PublicKeyList>${next}<MaxItems>1</MaxItems><Quantity>1</Quantity><Items><PublicKeySummary><Id>${id}</Id><Name>n-${id}</Name></PublicKeySummary></Items></PublicKeyList>`;
  answers['GET /public-key'] = keyPage('K1', '<NextMarker>K1</NextMarker>');
  answers['GET /public-key?Marker=K1'] = keyPage('K2', '');
  expect(await cdn.listPublicKeys()).toEqual([
    { id: 'K1', name: 'n-K1' },
    { id: 'K2', name: 'n-K2' },
  ]);
  answers['GET /key-group'] =
    '<KeyGroupList><MaxItems>9</MaxItems><Quantity>1</Quantity><Items><KeyGroupSummary><KeyGroup><Id>G1</Id><KeyGroupConfig><Name>players</Name><Items><PublicKey>K1</PublicKey></Items></KeyGroupConfig></KeyGroup></KeyGroupSummary></Items></KeyGroupList>';
  expect(await cdn.listKeyGroups()).toEqual([{ id: 'G1', name: 'players', keyIds: ['K1'] }]);
});

it('creates a key group', async () => {
  answers['POST /key-group'] = { status: 201, body: '<KeyGroup><Id>G2</Id></KeyGroup>' };
  expect(await cdn.createKeyGroup({ name: 'players', keyIds: ['K1', 'K2'] })).toBe('G2');
  expect(recorded[0]?.body).toContain('<Items><PublicKey>K1</PublicKey><PublicKey>K2</PublicKey></Items>');
});

it('rotates: the new key is trusted before it signs, the old one goes last', async () => {
  const group = (keys: string): string =>
    `<KeyGroup><Id>G1</Id><KeyGroupConfig><Name>players</Name><Items>${keys}</Items></KeyGroupConfig></KeyGroup>`;
  const ring = await generateKeyRing();
  const old = ring.activeKeyId;
  const key = (id: string): string => `<PublicKey>${id}</PublicKey>`;
  answers['POST /public-key'] = { status: 201, body: '<PublicKey><Id>KNEW</Id></PublicKey>' };
  answers['GET /key-group/G1'] = group(key(old));
  answers['PUT /key-group/G1'] = group('');
  const both = await beginRotation(ring, { cdn, keyGroupId: 'G1' });
  expect(both.activeKeyId).toBe('KNEW');
  expect(both.keys.map(({ id }) => id)).toEqual([old, 'KNEW']);
  expect(recorded.map(({ request }) => request)).toEqual([
    'POST /public-key',
    'GET /key-group/G1',
    'PUT /key-group/G1',
  ]);
  expect(recorded[0]?.body).toContain(activeKey(both).publicKeyPem.split('\n')[1]);
  expect(recorded[0]?.body).not.toContain('PRIVATE');
  expect(recorded[2]).toMatchObject({
    ifMatch: 'E1',
    body: expect.stringContaining(`<Items>${key(old)}${key('KNEW')}</Items>`),
  });

  recorded.length = 0;
  answers['GET /key-group/G1'] = group(key(old) + key('KNEW'));
  answers[`GET /public-key/${old}`] = `<PublicKey><Id>${old}</Id></PublicKey>`;
  answers[`DELETE /public-key/${old}`] = { status: 204, body: '' };
  const one = await finishRotation(both, { cdn, keyGroupId: 'G1' });
  expect(one.keys.map(({ id }) => id)).toEqual(['KNEW']);
  expect(recorded[1]?.body).toContain(`<Items>${key('KNEW')}</Items>`);
  expect(recorded.at(-1)).toMatchObject({ request: `DELETE /public-key/${old}`, ifMatch: 'E1' });
});

it('reads the settings that decide whether grants work', async () => {
  answers['GET /distribution/D1'] =
    '<Distribution><Id>D1</Id><Status>Deployed</Status><DomainName>d1.cloudfront.net</DomainName><DistributionConfig><Enabled>true</Enabled><IsIPV6Enabled>false</IsIPV6Enabled>' +
    '<Logging><Enabled>true</Enabled><Bucket>logs.s3.amazonaws.com</Bucket></Logging><DefaultCacheBehavior><TrustedKeyGroups><Enabled>true</Enabled><Quantity>1</Quantity><Items><KeyGroup>G1</KeyGroup></Items></TrustedKeyGroups></DefaultCacheBehavior>' +
    '<CacheBehaviors><Quantity>1</Quantity><Items><CacheBehavior><PathPattern>public/*</PathPattern></CacheBehavior></Items></CacheBehaviors></DistributionConfig></Distribution>';
  expect(await cdn.readDistribution()).toEqual({
    id: 'D1',
    domainName: 'd1.cloudfront.net',
    status: 'Deployed',
    isEnabled: true,
    isIpv6Enabled: false,
    keyGroupIds: { '*': ['G1'], 'public/*': [] },
    logBucket: 'logs.s3.amazonaws.com',
  });
});

it('turns AWS’s refusals into one error with AWS’s name for it', async () => {
  const body =
    '<ErrorResponse><Error><Type>Sender</Type><Code>PreconditionFailed</Code><Message>m</Message></Error></ErrorResponse>';
  answers['GET /key-group/G1'] =
    '<KeyGroup><Id>G1</Id><KeyGroupConfig><Name>p</Name><Items></Items></KeyGroupConfig></KeyGroup>';
  answers['PUT /key-group/G1'] = { status: 412, body };
  await expect(cdn.changeKeyGroup('G1', (keyIds) => keyIds)).rejects.toMatchObject({
    code: 'CDN_REQUEST_FAILED',
    details: { reason: 'PreconditionFailed' },
  });
});
