import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openText, sealedBy, sealKeysOf, sealText } from '../src/index.js';

const keys = sealKeysOf(randomBytes(32));
const ann = { tenant_id: 'demo', person_id: '5f0c7b1e-3a52-4d0b-9c8e-6a1f2b3c4d5e' };
const text = fc
  .oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme', minLength: 500, maxLength: 2000 }),
    fc.constantFrom('', '\0', '\u0080', '[erased]', 'enc:1:', '🗼'.repeat(1000)),
  )
  .map((drawn) => drawn.toWellFormed());

describe('a sealed text', () => {
  it('opens to the original text, whatever it is', () => {
    fc.assert(
      fc.property(text, fc.string(), (plain, context) => {
        expect(openText(keys, ann, sealText(keys, ann, plain, context))).toBe(plain);
      }),
    );
  });

  it('is the same for the same text in the same context, and differs in other contexts', () => {
    fc.assert(
      fc.property(text, text, fc.string(), fc.string(), (a, b, c, d) => {
        expect(sealText(keys, ann, a, c) === sealText(keys, ann, b, d)).toBe(a === b && c === d);
      }),
    );
  });

  it('separates context and text if their concatenation is the same', () => {
    expect(sealText(keys, ann, 'bc', 'a')).not.toBe(sealText(keys, ann, 'c', 'ab'));
    expect(sealText(keys, ann, '1\nx', '')).not.toBe(sealText(keys, ann, 'x', '1\n'));
  });

  it('does not open for another person, for another tenant, or with another key', () => {
    fc.assert(
      fc.property(text, fc.uuid(), (plain, other) => {
        const sealed = sealText(keys, ann, plain, 'c');
        const another = { ...ann, person_id: other };
        expect(openText(keys, another, sealed)).toBeUndefined();
        expect(openText(keys, another, sealed.replace(ann.person_id, other))).toBeUndefined();
        expect(openText(keys, { ...ann, tenant_id: 'other' }, sealed)).toBeUndefined();
        expect(openText(sealKeysOf(randomBytes(32)), ann, sealed)).toBeUndefined();
      }),
    );
  });

  it('does not open if one character was changed', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    fc.assert(
      fc.property(text, fc.nat(), fc.nat({ max: 63 }), (plain, place, letter) => {
        const sealed = sealText(keys, ann, plain, 'c');
        const start = `enc:1:${ann.person_id}:`.length;
        const at = start + (place % (sealed.length - start));
        const changed = `${sealed.slice(0, at)}${alphabet[letter]}${sealed.slice(at + 1)}`;
        if (changed !== sealed) expect(openText(keys, ann, changed)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('does not open if it was cut or extended', () => {
    const sealed = sealText(keys, ann, 'a text of some length, so that something is left', 'c');
    for (const bad of [
      sealed.slice(0, -4),
      `${sealed}AAAA`,
      `${sealed}=`,
      sealed.toUpperCase(),
      ` ${sealed}`,
      `${sealed}\n`,
    ])
      expect(openText(keys, ann, bad)).toBeUndefined();
  });

  it('hides the text, and its length except in steps of 32 bytes', () => {
    const lengths = new Set(['', 'a', 'b'.repeat(31)].map((plain) => sealText(keys, ann, plain, 'c').length));
    expect(lengths.size).toBe(1);
    expect(sealText(keys, ann, 'b'.repeat(32), 'c').length).toBeGreaterThan([...lengths][0]!);
    expect(
      Buffer.from(sealText(keys, ann, 'plain as day', 'c').split(':')[3]!, 'base64url').includes('plain'),
    ).toBe(false);
  });

  it('names its author, and other texts do not', () => {
    fc.assert(
      fc.property(text, (plain) => {
        expect(sealedBy(sealText(keys, ann, plain, 'c'))).toBe(ann.person_id);
        expect(sealedBy(plain)).toBeUndefined();
      }),
    );
    for (const other of [
      'enc:1:x',
      `enc:2:${ann.person_id}:${'A'.repeat(80)}`,
      `enc:1:${ann.person_id}:${'A'.repeat(79)}`,
      `x enc:1:${ann.person_id}:${'A'.repeat(80)}`,
    ])
      expect(sealedBy(other)).toBeUndefined();
  });

  it('may contain a sealed text, and opening it opens only the outer one', () => {
    const inner = sealText(keys, ann, 'inner', 'c');
    expect(openText(keys, ann, sealText(keys, ann, inner, 'c'))).toBe(inner);
  });
});
