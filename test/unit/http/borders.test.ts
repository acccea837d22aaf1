import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { checkHost, checkOrigin } from '../../../lab-server/http/borders.ts';

const borders = { origins: ['https://learn.example.org'] };

function aRequest(headers: Record<string, string>): FastifyRequest {
  return { headers: { host: '127.0.0.1:4321', ...headers } } as unknown as FastifyRequest;
}

describe('the host a request names', () => {
  it.each(['127.0.0.1:4321', 'localhost:4321', '[::1]:4321', '10.1.2.3', 'learn.example.org', 'learn.example.org:443'])(
    'may be %s',
    (host) => {
      expect(() => checkHost(borders, aRequest({ host }))).not.toThrow();
    },
  );

  it.each([
    'evil.example',
    'learn.example.org.evil.example',
    'localhost.evil.example',
    '127.0.0.1.nip.io',
    '',
    'a b',
    'x@127.0.0.1',
    '127.0.0.1/..',
  ])('may not be %j, which a page could have rebound to this address', (host) => {
    expect(() => checkHost(borders, aRequest({ host }))).toThrow('does not answer to that host name');
  });
});

describe('the page a change comes from', () => {
  it.each([
    ['the site itself', { origin: 'http://127.0.0.1:4321' }],
    ['the site behind its proxy', { origin: 'https://learn.example.org' }],
    ['the site, by fetch metadata alone', { 'sec-fetch-site': 'same-origin' }],
    ['a client that is no browser', {}],
  ])('may be %s', (_name, headers) => {
    expect(() => checkOrigin(borders, aRequest(headers))).not.toThrow();
  });

  it.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:8000' }],
    ['a page without origin', { origin: 'null' }],
    ['a file', { origin: 'file://' }],
    ['another site that hides its origin', { 'sec-fetch-site': 'cross-site' }],
    ['a sibling domain', { origin: 'https://other.example.org' }],
  ])('may not be %s', (_name, headers) => {
    expect(() => checkOrigin(borders, aRequest(headers))).toThrow('another site');
  });
});
