import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { tolerateClosedPipes } from './closed-pipe.ts';

function fail(code: string): () => void {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream;
  tolerateClosedPipes([stream]);
  return () => stream.emit('error', Object.assign(new Error(code), { code }));
}

test('a reader that is gone is no error, a disk that is full is', () => {
  expect(fail('EPIPE')).not.toThrow();
  expect(fail('ENOSPC')).toThrow('ENOSPC');
});
