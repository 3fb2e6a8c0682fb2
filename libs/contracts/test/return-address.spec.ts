import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { returnAddress } from '../src/index.js';

const origin = 'https://interlock.example';

describe('the address to return to after a login', () => {
  it.each([
    ['/', '/'],
    ['/actions?state=DENIED#top', '/actions?state=DENIED#top'],
    ['/actions?next=https://evil.example', '/actions?next=https://evil.example'],
    ['/studio/agents/edit', '/studio/agents/edit'],
    ['/a/../actions', '/actions'],
    ['/logins', '/logins'],
    ['/actions?entity=Zürich nord', '/actions?entity=Z%C3%BCrich%20nord'],
  ])('keeps the page %j', (asked, kept) => expect(returnAddress(asked)).toBe(kept));

  it.each([
    undefined,
    '',
    'actions',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '/\r\\evil.example',
    '\t//evil.example',
    '/\u0000/evil.example',
    '/\u0085/evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    '/.\\\\evil.example',
    '/%2e//evil.example',
    'https://evil.example',
    'https:/evil.example',
    'javascript:alert(1)',
    '/login',
    '/login?next=//evil.example',
    '/a/../login',
    '/session/login?next=/',
    '/api/v1/actions',
    '/mcp/files',
    `/${'a'.repeat(2000)}`,
  ])('goes to the first page instead of %j', (asked) => expect(returnAddress(asked)).toBe('/'));

  it('never leaves the origin, whatever it is given', () => {
    const piece = fc.constantFrom(
      ...['/', '\\', '\t', '\n', '\r', '.', '..', '%2e', '%2f', '%5c', '%09', '@', ':', '?', '#', ' '],
      ...['evil.example', 'https:', 'javascript:', 'a', '\u0000', '\u2028', '\ud800', '／', '。'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const address = returnAddress(`/${pieces.join('')}`);
        expect(address).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/);
        expect(new URL(address, origin).origin).toBe(origin);
        expect(returnAddress(address)).toBe(address);
      }),
      { numRuns: 2000 },
    );
  });
});
