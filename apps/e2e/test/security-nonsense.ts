import fc from 'fast-check';
import { tenant } from './names.js';

/** Bodies that every route refuses, with names. */
export const bodies: readonly [string, string | Uint8Array<ArrayBuffer>][] = [
  ['300 KB', JSON.stringify({ note: 'n'.repeat(300 * 1024) })],
  ['5 MB', 'x'.repeat(5 * 1024 * 1024)],
  ['5,000 nested objects', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`],
  ['100,000 nested lists', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['a prototype', '{"__proto__":{"admin":true}}'],
  ['a constructor', '{"constructor":{"prototype":{"admin":true}}}'],
  ['no JSON', '{'],
  ['a number', '1'],
  ['a text', '"x"'],
  ['a list in lists', '[[[]]]'],
  ['a list of null', '[null]'],
  ['numbers without end', '{"value":1e999,"seconds":1e999,"limit":-1e999,"dwell_s":1e999,"reason":1e999}'],
  ['NUL', '{"reason":"a\\u0000b","note":"\\u0000","value":"\\u0000"}'],
  ['half a surrogate pair', '{"reason":"\\ud800","note":"\\udc00"}'],
  ['names of methods', '{"toJSON":1,"toString":1,"valueOf":2,"then":3,"length":-1,"hasOwnProperty":1}'],
  ['invalid UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
];

/** Media types that every route refuses. */
export const mediaTypes = [
  'text/plain',
  'application/xml',
  'multipart/form-data; boundary=x',
  'application/x-www-form-urlencoded',
  'application/merge-patch+json',
  'garbage',
  'text/html;'.repeat(100),
];

/** Invalid ids in an address. */
export const ids = [
  '..',
  '%2e%2e',
  '..%2f..%2fmetrics',
  '..%5c..%5cetc',
  '%00',
  'a%00b',
  '%ff',
  '%zz',
  '%27%3B--',
  '%22%20or%201=1',
  '_system:global',
  '%0d%0aset-cookie:%20a=b',
  '__proto__',
  'constructor',
  'a'.repeat(400),
  'a'.repeat(4000),
  '%F0%9F%98%80',
  '$all',
  '%24et-x',
  'a%3Ab',
  '%25s%25n',
  '{{7*7}}',
  '${7*7}',
];
/** Invalid tenants in an address: the ids that clients do not rewrite to another path. */
export const tenants = ids.filter((id) => !id.includes('..') && !/^%2e/.test(id));

const query = (text: string): string => encodeURIComponent(text);
const cursor = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Values of query parameters. */
export const values = [
  '',
  '%00',
  '-1',
  '0',
  '1e9',
  '9'.repeat(400),
  'NaN',
  'Infinity',
  '1;drop table',
  "'",
  '%ff',
  '\u{fffd}',
  '2026-13-45T99:99:99Z',
  '+275760-09-14T00:00:00Z',
  '9999-12-31',
  '0000-00-00',
  '_all',
  '*',
  '[]',
  '{"$gt":""}',
  '\\',
  'null',
  'true',
].map((value) => (value.startsWith('%') ? value : query(value)));
/** Invalid cursors. */
export const cursors = [
  'AAAA',
  'x',
  '%00',
  '99999999999999999999999',
  '1.5',
  ...[
    [],
    ['\0'],
    ['a', 'b'],
    [1, 2, 3],
    ['\0', '\0'],
    [null],
    [null, null],
    [['9'.repeat(40)], 'x'],
    [true, true],
    [1e300, 1e300],
    ['2026-01-01T00:00:00Z', '\0'],
    ['2026-01-01T00:00:00Z', 1],
    ['275760-09-14', 'x'],
    ['infinity', 'x'],
    ['\ud800', 'x'],
    ['actions', 'x', 'x'],
    ['policies', '2026-01-01T00:00:00.000Z', '\0'],
    ['policy-versions', 2 ** 40],
    ['who-records', '1', '\0'],
    { a: 1 },
  ].map(cursor),
];

/** Whole queries. */
const many = Array.from({ length: 1500 }, (_, i) => `p${i}=1`).join('&');
export const queries = [
  many,
  'a=1&'.repeat(2000),
  '__proto__[x]=1',
  '__proto__=1',
  'constructor=1',
  'limit[]=1',
  'limit[$ne]=1',
  'tenant_id[]=acme',
  'toString=1',
  '&&&===&',
  '%',
  '%zz=1',
];

/** Headers with their values. */
export const headers: readonly (readonly [string, string])[] = [
  ...['', '-1', '999999999999999999', '9'.repeat(40), 'x/y', '\u00ff'].map(
    (value) => ['interlock-min-position', value] as const,
  ),
  ...['*', '"x"', 'W/"1"', '"9999999999999999999"'].map((value) => ['if-match', value] as const),
  ...['..', '_all', 'other', '_system', 'a,b', tenant.toUpperCase()].map(
    (value) => ['x-tenant-id', value] as const,
  ),
  ['idempotency-key', 'k'.repeat(5000)],
  ['idempotency-key', '\u00e9'],
  ['traceparent', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`],
  ['tracestate', '='.repeat(600)],
  ['x-request-id', '<script>'],
  ['accept', 'text/html'],
  ['content-encoding', 'gzip'],
  ['x-http-method-override', 'DELETE'],
  ['x-forwarded-for', "'; drop table"],
  ['host', 'evil'],
  ['origin', 'https://evil'],
];

/** Headers, with following lines, that make a request ambiguous or malformed. */
export const malformedHeaders: readonly (readonly [string, string])[] = [
  ['two lengths', 'content-length: 2\r\ncontent-length: 3\r\n\r\n{}'],
  ['a length and chunks', 'content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n'],
  ['a chunk that is none', 'transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n'],
  ['an encoding that hides chunks', 'transfer-encoding: xchunked\r\n\r\n{}'],
  ['20 KB of headers', `x: ${'y'.repeat(20_000)}\r\n\r\n`],
  ['NUL in a header', 'x: a\0b\r\n\r\n'],
  ['a folded line', 'x: a\r\n b: c\r\n\r\n'],
];

/** Malformed request lines, or ones outside the API. */
export const requestLines = [
  'GET http://[ HTTP/1.1',
  'GET /a b HTTP/1.1',
  'FOO / HTTP/1.1',
  'GET /\0 HTTP/1.1',
  'GET / HTTP/9.9',
  `GET /${'a'.repeat(20_000)} HTTP/1.1`,
  'TRACE /api/v1/alerts HTTP/1.1',
  'PROPFIND /api/v1/alerts HTTP/1.1',
  'GET http://evil/api/v1/alerts HTTP/1.1',
];

/** Arbitrary values, with more of those that once caused faults. */
export const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '',
    '\0',
    '\ud800',
    '../..',
    '__proto__',
    'constructor',
    '\u202e',
    `${2 ** 64}`,
    '-0',
    '1e400',
    tenant,
    '_system',
    '_all',
    '*',
    '\'"`;--',
    '<script>',
    'cell_failover',
    '2026-01-01T00:00:00Z',
  ),
  fc.double(),
  fc.maxSafeInteger(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(Number.MAX_VALUE, -1, 0, 2 ** 53, 1e-300),
  fc.array(fc.anything({ maxDepth: 2, withNullPrototype: false }), { maxLength: 4 }),
  fc.object({ maxDepth: 3, maxKeys: 4 }),
);
