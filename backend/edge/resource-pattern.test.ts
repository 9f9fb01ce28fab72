import { expect, it } from 'vitest';
import { matchesResource, type RequestUrl } from './resource-pattern.ts';

function url(text: string): RequestUrl {
  const [, protocol, host = '', path = '', query = ''] =
    /^(https?):\/\/([^/]*)([^?]*)\??(.*)$/.exec(text) ?? [];
  return { protocol: protocol === 'https' ? 'https' : 'http', host, path, query };
}

it.each([
  // The whole, and nothing but the whole.
  ['http://h/a', 'http://h/a', true],
  ['http://h/a', 'http://h/ab', false],
  ['http://h/a', 'http://h/A', false],
  ['http://h/a', 'https://h/a', false],
  ['http://h/a', 'http://h:8080/a', false],
  ['http://H/a', 'http://h/a', true],
  ['http://h/a', 'http://h/a?x=1', false],
  ['http://h/a?x=1', 'http://h/a?x=1', true],
  ['http://h/a?x=1', 'http://h/a', false],
  ['http://h/a\\?x=*', 'http://h/a?x=', true],
  ['http://h/a\\?x=*', 'http://h/aqx=', false],
  // Wildcards stay in their section.
  ['http://h/hello*world', 'http://h/hello-big-world', true],
  ['http://h/hello*world', 'http://h/hello/big/world', true],
  ['http://h/hello*world', 'http://h/hello?world', false],
  ['http://h/hello?world', 'http://h/hello1world', true],
  ['http://h/hello?world', 'http://h/hello12world', false],
  ['http://h/a*', 'http://h/a/b/c', true],
  // A trailing star in the path covers the query, another star does not.
  ['http://h/hello*', 'http://h/hello.jpg?size=1', true],
  ['http://h/*/end', 'http://h/a/end?x', false],
  ['http://h/hello*\\?*', 'http://h/hello?x', true],
  ['http://h/hello*\\?*', 'http://h/hello', true],
  // A trailing star in the host covers all that follows.
  ['http://example.com*', 'http://example.com.evil/a?b', true],
  ['http://*.example.com/a', 'http://x.example.com/a', true],
  ['http://*.example.com/a', 'http://evil/.example.com/a', false],
  ['http://h*/a', 'http://h2/b', false],
  // Without a protocol.
  ['*', 'https://any/where?x', true],
  ['*://h/a', 'https://h/a', true],
  ['*example.com', 'https://www.example.com/', true],
  ['*example.com', 'https://www.example.com/a', false],
  // Many stars end in time.
  [`http://h/${'*a'.repeat(40)}`, `http://h/${'a'.repeat(2000)}b`, false],
])('%s and %s: %s', (resource, request, expected) => {
  expect(matchesResource(resource, url(request))).toBe(expected);
});
