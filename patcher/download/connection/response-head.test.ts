import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseResponseHead } from './response-head.ts';

it('reads status, headers by small names, length, and whether the connection stays open', () => {
  const head = parseResponseHead(
    'HTTP/1.1 206 Partial Content\r\nContent-LENGTH: 12\r\nvia:a\r\nVia: \t b \r\nX:',
  );
  expect(head).toMatchObject({ status: 206, sizeBytes: 12, staysOpen: true });
  expect([...(head?.headers ?? [])]).toEqual([
    ['content-length', '12'],
    ['via', 'a, b'],
    ['x', ''],
  ]);
  const closing = parseResponseHead('HTTP/1.1 404\r\ncontent-length: 0\r\nConnection: Close');
  expect(closing).toMatchObject({ status: 404, sizeBytes: 0, staysOpen: false });
});

it.each([
  'HTTP/1.0 200 OK\r\ncontent-length: 1',
  'HTTP/1.1 100 Continue\r\ncontent-length: 1',
  'HTTP/1.1 204 No Content\r\ncontent-length: 0',
  'HTTP/1.1 304 Not Modified\r\ncontent-length: 5',
  'HTTP/1.1 200 OK',
  'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked',
  'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1',
  'HTTP/1.1 200 OK\r\ncontent-length: 1, 1',
  'HTTP/1.1 200 OK\r\ncontent-length: +1',
  'HTTP/1.1 200 OK\r\ncontent-length: 0x1',
  'HTTP/1.1 200 OK\r\ncontent-length : 1',
  'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n folded: 1',
  'HTTP/1.1 200 OK\r\ncontent-length: 1\r\nno colon',
  'HTTP/1.1 200 OK\r\ncontent-length: 1\r\nx: a\nb: c',
  'HTTP/1.1 200 OK\ncontent-length: 1',
])('leaves %j to others', (text) => {
  expect(parseResponseHead(text)).toBeUndefined();
});

it('takes any text for a head or for none, and finds the headers that were written', () => {
  const name = fc
    .stringMatching(/^[a-z][a-z0-9-]{0,10}$/)
    .filter((key) => !/^(content-length|connection|transfer-encoding)$/.test(key));
  const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      parseResponseHead(text);
      parseResponseHead(`HTTP/1.1 200 OK\r\n${text}`);
    }),
  );
  fc.assert(
    fc.property(fc.dictionary(name, value), fc.nat(), (fields, sizeBytes) => {
      const lines = Object.entries(fields).map((field) => field.join(': '));
      const head = parseResponseHead(
        ['HTTP/1.1 200 OK', ...lines, `Content-Length: ${sizeBytes}`].join('\r\n'),
      );
      expect(head?.sizeBytes).toBe(sizeBytes);
      for (const [key, text] of Object.entries(fields)) expect(head?.headers.get(key)).toBe(text);
    }),
  );
});
