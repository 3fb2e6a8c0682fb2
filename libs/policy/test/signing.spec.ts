import { createHmac, sign, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from '@interlock/kernel';
import {
  envelopeSchema,
  normalBundle,
  readEnvelope,
  secretKey,
  signEnvelope,
  type BundleEnvelope,
  type UnsignedEnvelope,
} from '../src/index.js';
import {
  both,
  codeOf,
  content,
  edKey,
  exportedAt,
  file,
  hmacKey,
  outcome,
  pair,
  secret,
  unsigned,
} from './signed-bundles.js';

const textOf = (envelope: UnsignedEnvelope): string => {
  const { signatures: _, ...rest } = envelope as BundleEnvelope;
  return canonicalJson(rest);
};

describe('a signed bundle', () => {
  it("has the HMAC and the Ed25519 signature that Node's own cryptography makes and verifies", () => {
    const [mac, ed] = both.signatures;
    expect(mac).toEqual({
      alg: 'HMAC-SHA256',
      key_id: hmacKey.id,
      value: createHmac('sha256', secret).update(textOf(both)).digest('hex'),
    });
    expect(verify(null, Buffer.from(textOf(both)), pair.publicKey, Buffer.from(ed!.value, 'hex'))).toBe(true);
    expect(ed!.value).toBe(sign(null, Buffer.from(textOf(both)), pair.privateKey).toString('hex'));
    expect(outcome(both)).toBe('accepted');
  });

  it('is the same for the same content and keys, whatever the order of its members', () => {
    const turned = JSON.parse(
      JSON.stringify({ ...both, bundle: Object.fromEntries(Object.entries(both.bundle).reverse()) }, null, 4),
    ) as BundleEnvelope;
    expect(outcome(turned)).toBe('accepted');
    expect(signEnvelope(turned, [hmacKey, edKey]).signatures).toEqual(both.signatures);
  });

  it('has these bytes, as hmac of Python and OpenSSL make them', () => {
    const fixed = signEnvelope(unsigned({ bundle: normalBundle({ version: '0.0.1', rules: [] }) }), [
      secretKey('0123456789abcdef0123456789abcdef'),
      file([
        {
          id: 'vector',
          alg: 'Ed25519',
          private_key: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
        },
      ])[0]!,
    ]);
    expect(textOf(fixed)).toBe(
      '{"bundle":{"metadata":{},"notes":"","rules":[],"version":"0.0.1"},"expires_at":"2026-03-03T10:00:00.000Z","export_id":"7f4f2f66-58a4-7c1e-9c51-0d2f8a6f1b10","format":"interlock-bundle/1","provenance":{"bundle_hash":"85ab0343cdc8e40eb0d39d24f5d962317e0c35a304b7c19f52ab0eed9bba3399","bundle_id":"8003ec65-299d-586a-b19c-40b839f655e6","exported_at":"2026-03-02T10:00:00.000Z","exported_by":"person:7f4f2f66-58a4-7c1e-9c51-0d2f8a6f1b10","tenant":"demo"},"signed_by":[{"alg":"HMAC-SHA256","key_id":"hmac-6b7bdc41deb4e752"},{"alg":"Ed25519","key_id":"vector"}]}',
    );
    expect(fixed.signatures.map(({ value }) => value)).toEqual([
      '700b5169d62dce2e09970e85db1ec50edbbc2a8308c2fb95166575645e8acc90',
      'c755164c9f5dbc3ff0d1fed3c958e0012c4020ac78eaa40b481f8f64c81b5c43ca2b126f0d5700cd08e5337b5f3e4b508cc23d63a91a4996b06d9486eab77e01',
    ]);
  });

  it('is refused if any one character of its text changes, for each class of character and every place', () => {
    const text = JSON.stringify(both);
    const others = ['x', '0', '7', 'Z', ' ', '"', '\\', '{', ',', 'é', '\u0000'];
    const accepted: string[] = [];
    for (let at = 0; at < text.length; at += 1) {
      const other = others[(at * 7) % others.length]!;
      if (other === text[at]) continue;
      const changed = text.slice(0, at) + other + text.slice(at + 1);
      let value: unknown;
      try {
        value = JSON.parse(changed);
      } catch {
        continue;
      }
      // Space between tokens is not part of the content.
      if (canonicalJson(value) === canonicalJson(both)) continue;
      if (outcome(value) === 'accepted')
        accepted.push(`${at}: ${changed.slice(Math.max(0, at - 10), at + 10)}`);
    }
    expect(accepted).toEqual([]);
  });

  it('is refused if any part is changed, removed or added', () => {
    const leaves = (value: unknown, path: readonly string[] = []): readonly (readonly string[])[] =>
      typeof value === 'object' && value !== null && Object.keys(value).length > 0
        ? Object.entries(value).flatMap(([name, member]) => leaves(member, [...path, name]))
        : [path];
    const all = leaves(both);
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        fc.constantFrom('drop', 'replace', 'add'),
        fc.jsonValue({ maxDepth: 2 }),
        (path, how, other) => {
          const changed = structuredClone(both) as never;
          const parent = path
            .slice(0, -1)
            .reduce<Record<string, unknown>>((node, name) => node[name] as Record<string, unknown>, changed);
          const name = path.at(-1)!;
          if (how === 'drop') Array.isArray(parent) ? parent.splice(Number(name), 1) : delete parent[name];
          else if (how === 'replace') parent[name] = other;
          else if (Array.isArray(parent)) parent.push(other);
          else parent['more'] = other;
          fc.pre(canonicalJson(changed) !== canonicalJson(both));
          return outcome(changed) !== 'accepted';
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('survives a round trip with any notes and metadata', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (notes, metadata) => {
          const signed = signEnvelope(
            unsigned({
              bundle: normalBundle({
                ...content,
                notes,
                metadata: JSON.parse(JSON.stringify(metadata)) as never,
              }),
            }),
            [hmacKey, edKey],
          );
          return outcome(JSON.parse(JSON.stringify(signed))) === 'accepted';
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('expiry', () => {
  it.each([
    ['an instant before', '2026-03-03T09:59:59.999Z', 'accepted'],
    ['at the very instant', '2026-03-03T10:00:00.000Z', 'bundle-expired'],
    ['after', '2026-03-03T10:00:00.001Z', 'bundle-expired'],
  ])('%s: %s → %s', (_, now, expected) => expect(outcome(both, { now })).toBe(expected));

  it('is at most what the importer allows, whatever the file states', () => {
    const long = signEnvelope(unsigned({ expires_at: '2036-03-02T10:00:00.000Z' }), [hmacKey]);
    expect([
      outcome(long, { now: '2026-03-04T09:59:59.999Z', longestH: 48 }),
      outcome(long, { now: '2026-03-04T10:00:00.000Z', longestH: 48 }),
    ]).toEqual(['accepted', 'bundle-expired']);
  });

  it.each([
    ['five minutes', '2026-03-02T09:55:00.000Z', 'accepted'],
    ['more', '2026-03-02T09:54:59.999Z', 'bundle-expired'],
  ])('a clock that is ahead by %s: %s → %s', (_, now, expected) =>
    expect(outcome(both, { now })).toBe(expected),
  );

  it('is not checked for a changed file, because the signature comes first', () => {
    expect(
      outcome({ ...both, bundle: { ...content, version: '1.0.1' } }, { now: '2027-01-01T00:00:00.000Z' }),
    ).toBe('bundle-signature-invalid');
  });
});

describe('an invalid exported bundle', () => {
  it.each<readonly [string, unknown]>([
    ['nothing', null],
    ['a list', []],
    ['a bundle', content],
    ['another format', { ...both, format: 'interlock-bundle/2' }],
    ['no signature', { ...both, signatures: [] }],
    ['nine signatures', { ...both, signatures: Array.from({ length: 9 }, () => both.signatures[0]) }],
    ['a further member', { ...both, more: 1 }],
    ['one key twice', { ...both, signatures: [both.signatures[0], both.signatures[0]] }],
    [
      'a signature in capitals',
      { ...both, signatures: [{ ...both.signatures[0]!, value: both.signatures[0]!.value.toUpperCase() }] },
    ],
    ['an expiry before the export', { ...both, expires_at: exportedAt }],
    ['a time that is none', { ...both, expires_at: '2026-99-99T00:00:00.000Z' }],
    ['an algorithm that is none', { ...both, signatures: [{ ...both.signatures[0]!, alg: 'none' }] }],
  ])('%s is refused', (_, value) => expect(codeOf(() => readEnvelope(value))).toBe('validation-failed'));

  it('without canonical JSON is refused', () => {
    expect(outcome({ ...both, bundle: JSON.parse('{"a":1e999}') as object })).toBe('validation-failed');
    expect(outcome({ ...both, bundle: { a: '\ud800' } })).toBe('validation-failed');
  });

  it('with ten thousand nested levels is refused without a stack overflow', () => {
    expect(
      outcome({ ...both, bundle: { a: JSON.parse(`${'['.repeat(10_000)}${']'.repeat(10_000)}`) as object } }),
    ).toBe('bundle-signature-invalid');
  });
});

describe('the schema of exported bundles', () => {
  it('equals the one in docs', () => {
    expect(
      JSON.parse(
        readFileSync(new URL('../../../docs/schemas/bundle-envelope.schema.json', import.meta.url), 'utf8'),
      ),
    ).toEqual(JSON.parse(JSON.stringify(envelopeSchema)));
  });
});
