import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isSamePerson, nameKeys, refusalKeys } from '../src/index.js';

const foldedName = (name: string): string => nameKeys(name)[0]!;
const readsAs = (one: string, other: string): boolean => isSamePerson(nameKeys(one), nameKeys(other));

describe('a folded name', () => {
  it.each([
    ['ANN', 'upper case'],
    ['Ann', 'mixed case'],
    ['ann ', 'a space behind'],
    [' ann', 'a space in front'],
    ['a n\tn', 'spaces within'],
    ['ann\u00a0', 'a no-break space'],
    ['ann\u3000', 'an ideographic space'],
    ['an\u200bn', 'a zero-width space'],
    ['\ufeffann', 'a byte order mark'],
    ['ann\u200d', 'a joiner'],
    ['a\u00adnn', 'a soft hyphen'],
    ['ann\ufe0f', 'a variation selector'],
    ['ann\u202e', 'a direction'],
    ['ann\u{e0041}', 'a tag character'],
    ['ann\u3164', 'a filler'],
    ['ann\u2800', 'a blank of braille'],
    ['ann\u0000', 'a control character'],
    ['ａｎｎ', 'full width'],
    ['𝐚𝐧𝐧', 'mathematical letters'],
    ['ⓐⓝⓝ', 'letters in circles'],
    ['person:ann', 'a kind in front'],
    ['Person: Ann', 'a kind in front, written otherwise'],
    ['ｐｅｒｓｏｎ：ann', 'a kind in front in full width'],
    ['user:person:ann', 'two kinds in front'],
    ['service:ann', 'another kind in front'],
    ['per\u200bson:ann', 'a kind with a zero-width space'],
  ])('%j is that of ann: %s', (name) => expect(foldedName(name)).toBe('ann'));

  it.each([
    ['J\u00f6rg', 'Jo\u0308rg'],
    ['stra\u00dfe', 'STRASSE'],
    ['\u0130nci', 'inci'],
    ['\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2', '\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3'],
    ['o\ufb03ce', 'office'],
    ['\u017fam', 'SAM'],
    ['\u212belle', '\u00c5elle'],
  ])('%j and %j are one', (one, other) => expect(foldedName(one)).toBe(foldedName(other)));

  it.each([
    ['ann', 'anna'],
    ['ann', 'bob'],
    ['ann@example.net', 'ann@example.org'],
    ['jörg', 'jorg'],
    ['auth0|1', 'auth0|2'],
    ['a.b', 'ab'],
  ])('%j and %j are two', (one, other) => expect(foldedName(one)).not.toBe(foldedName(other)));

  it('is its own folded name, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const folded = foldedName(name);
        expect(foldedName(folded)).toBe(folded);
        expect(foldedName(`person:${name}`)).toBe(folded);
        expect(foldedName(` ${name}\u200b`)).toBe(folded);
      }),
    );
  });
});

describe('names that look alike', () => {
  it.each([
    ['\u0430nn', 'ann', 'a Cyrillic letter'],
    ['\u0410nn', 'ann', 'a Cyrillic capital'],
    ['\u0391\u039d\u039d', 'Ann', 'Greek capitals'],
    ['\u0412ob', 'bob', 'a capital whose small form looks otherwise'],
    ['\u03bdera', 'vera', 'a small letter whose capital looks otherwise'],
    ['aIice', 'Alice', 'a capital I for an l'],
    ['al1ce', 'allce', 'a digit'],
    ['r00t', 'root', 'zeros'],
    ['rnary', 'mary', 'two letters for one'],
    ['person:\u0430nn', 'ANN', 'a kind in front'],
    ['\u0430n\u200bn', 'ann', 'a zero-width space beside it'],
    ['j\u043erg', 'jorg', 'a letter within'],
    ['\u0458\u00f6rg', 'jo\u0308rg', 'an accent beside it'],
  ])('%s is %s for refusing: %s', (one, other) => {
    expect(readsAs(one, other)).toBe(true);
    expect(readsAs(other, one)).toBe(true);
  });

  it.each([
    ['ann', 'anna'],
    ['ian', 'lan'],
    ['vance', 'nance'],
    ['j\u00f6rg', 'jorg'],
    ['auth0|1', 'auth0|2'],
    ['anton', '\u0431\u043e\u0440\u0438\u0441'],
    ['invited-0a1b2c3d4e5f', 'invited-0a1b2c3d4e5e'],
  ])('%s and %s are two', (one, other) => expect(readsAs(one, other)).toBe(false));

  it('holds for every character that Unicode has a prototype for, in any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        expect(nameKeys(`person:${name}`)[0]).toBe(nameKeys(name)[0]);
        for (const key of nameKeys(name)) expect(readsAs(key, name)).toBe(true);
      }),
    );
  });
});

describe('who counts as one person', () => {
  it('is who shares any key with another: their own, or that of the first of their name', () => {
    expect(refusalKeys({ kind: 'person', person_id: 'p1' })).toEqual(['person:p1']);
    expect(refusalKeys({ kind: 'person', person_id: 'p2', namesake_id: 'p1' })).toEqual([
      'person:p2',
      'person:p1',
    ]);
    expect(refusalKeys({ kind: 'service', service: 's' })).toEqual(['service:s']);
    expect(refusalKeys({ kind: 'service', service: 'Ann ' })).toEqual(['service:Ann ', 'service:ann']);
    expect(refusalKeys({ kind: 'service', service: 'nats.demo.ann' })).toEqual([
      'service:nats.demo.ann',
      'service:nats.derno.ann',
      'service:demo.ann',
      'service:derno.ann',
      'service:ann',
    ]);
    expect([
      isSamePerson(['person:p2', 'person:p1'], ['person:p3', 'person:p1']),
      isSamePerson(['person:p1'], ['person:p2']),
      isSamePerson([], []),
    ]).toEqual([true, false, false]);
  });
});
