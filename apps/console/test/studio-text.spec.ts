import { describe, expect, it } from '@jest/globals';
import { draftKey, keepDraft, keptDraft, type Keep } from '../src/studio/editor/drafts.js';
import { LatestOnly } from '../src/studio/analysis/latest.js';
import { changedLines } from '../src/studio/editor/lines.js';
import {
  boundsFault,
  bundleText,
  changeBetween,
  depthOf,
  mostBytes,
  mostDepth,
  parseText,
  patched,
  rangeOf,
  ruleAtOffset,
  stepsOf,
  withItem,
  withValue,
} from '../src/studio/editor/text.js';

const text = `{
  "version": "1.0.0",
  "rules": [
    { "id": "a",   "priority": 10 },
    { "id": "b", "conditions": [{ "field": "x", "op": "<", "value": 1 }] }
  ]
}
`;

describe('a bundle as text', () => {
  it('is parsed as strict JSON, and says in words what is wrong and where', () => {
    expect(parseText(text).faults).toEqual([]);
    expect(parseText('')).toMatchObject({ value: undefined, faults: [{ from: 0 }] });
    for (const [wrong, message] of [
      ['{ "a": 1, }', 'member name'],
      ['{ "a" 1 }', 'colon'],
      ['[1 2]', 'comma'],
      ['{ "a": }', 'value is missing'],
      ['{ "a": 1', 'brace'],
      ['// no\n{}', 'comments'],
      ['{"a": "x}', 'not closed'],
    ] as const)
      expect(
        parseText(wrong)
          .faults.map((fault) => fault.message)
          .join(' '),
      ).toContain(message);
  });

  it('is not parsed at all where it is too long or too deep', () => {
    expect(boundsFault('x'.repeat(mostBytes))).toBeUndefined();
    expect(boundsFault('x'.repeat(mostBytes + 1))).toContain('256 kB');
    expect(boundsFault('ü'.repeat(mostBytes / 2 + 1))).toContain('256 kB');
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(boundsFault(nested(mostDepth))).toBeUndefined();
    expect(boundsFault(nested(mostDepth + 1))).toContain('levels deep');
    // So deep that a parser which calls itself would end.
    expect(parseText(nested(100_000)).faults).toHaveLength(1);
    expect(depthOf('{"a": "[[[[ \\" [["}')).toBe(1);
  });

  it('keeps what stands around a value that is set, added or taken away', () => {
    const changed = withValue(text, '/rules/1/conditions/0/value', 48);
    expect(changed).toBe(text.replace('"value": 1', '"value": 48'));
    expect(changed).toContain('"id": "a",   "priority": 10');
    expect(JSON.parse(withValue(text, '/rules/0', undefined))).toEqual({
      version: '1.0.0',
      rules: [JSON.parse(text).rules[1]],
    });
    expect(
      JSON.parse(withItem(text, '/rules', 1, { id: 'c' })).rules.map(({ id }: { id: string }) => id),
    ).toEqual(['a', 'c', 'b']);
    expect(withValue('{ "a": ', '/a', 1)).toBe('{ "a": ');
  });

  it('takes the steps of a patch, one after another', () => {
    const after = patched(text, [
      { op: 'replace', path: '/rules/0/priority', value: 20 },
      { op: 'add', path: '/rules/0/reason', value: 'Because' },
      { op: 'add', path: '/rules/-', value: { id: 'z' } },
      { op: 'remove', path: '/rules/1' },
    ]);
    expect(JSON.parse(after)).toEqual({
      version: '1.0.0',
      rules: [{ id: 'a', priority: 20, reason: 'Because' }, { id: 'z' }],
    });
  });

  it('knows where a pointer leads, and which rule a place is in', () => {
    const { tree } = parseText(text);
    const { from, to } = rangeOf(tree, '/rules/1/conditions/0/value');
    expect(text.slice(from, to)).toBe('1');
    // What is not there is the nearest thing around it.
    expect(rangeOf(tree, '/rules/0/reason')).toEqual(rangeOf(tree, '/rules/0'));
    expect(ruleAtOffset(tree, from)).toBe(1);
    expect(ruleAtOffset(tree, 0)).toBeUndefined();
    expect(stepsOf('/a~1b/0/c~0d')).toEqual(['a/b', 0, 'c~d']);
  });

  it('changes as little as it can, so that selections stay', () => {
    expect(changeBetween('abc', 'abc')).toBeUndefined();
    expect(changeBetween('abcdef', 'abXdef')).toEqual({ from: 2, to: 3, insert: 'X' });
    expect(changeBetween('aa', 'aaa')).toEqual({ from: 2, to: 2, insert: 'a' });
    for (const [before, after] of [
      ['', 'x'],
      ['aba', 'a'],
      ['xyxy', 'xy'],
    ] as const) {
      const change = changeBetween(before, after);
      expect(before.slice(0, change?.from) + (change?.insert ?? '') + before.slice(change?.to)).toBe(after);
    }
  });

  it('is the same text whatever order a database gave the members', () => {
    const one = {
      version: '1.0.0',
      rules: [{ id: 'a', effect: 'deny', conditions: [] }],
      notes: '',
      metadata: {},
    };
    const other = {
      metadata: {},
      notes: '',
      rules: [{ conditions: [], effect: 'deny', id: 'a' }],
      version: '1.0.0',
    };
    expect(bundleText(one)).toBe(bundleText(other));
    expect(JSON.parse(bundleText(one))).toEqual(one);
  });

  it('names the lines that were changed', () => {
    expect(changedLines('a\nb\nc', 'a\nb\nc')).toEqual([]);
    expect(changedLines('a\nb\nc', 'a\nX\nc')).toEqual([2]);
    expect(changedLines('a\nb\nc', 'a\nN\nb\nM\nc')).toEqual([2, 4]);
    expect(changedLines('a\nb\nc', 'a\nc')).toEqual([]);
  });
});

describe('answers that come late', () => {
  it('counts the last question alone, and asks no more than one at a time', () => {
    const sent: (readonly [string, number])[] = [];
    const latest = new LatestOnly<string>((question, revision) => sent.push([question, revision]));
    latest.ask('a');
    latest.ask('b');
    latest.ask('c');
    expect(sent).toEqual([['a', 1]]);
    expect(latest.answered(1)).toBe(false);
    expect(sent).toEqual([
      ['a', 1],
      ['c', 3],
    ]);
    expect(latest.answered(3)).toBe(true);
    latest.ask('d');
    expect(latest.answered(4)).toBe(true);
    expect(sent).toHaveLength(3);
  });
});

describe('drafts on this device', () => {
  const of = { person: 'Ann: B', tenant: 'demo', bundle: 'id', revision: '3' };
  const memory = (): Keep & { readonly kept: Map<string, string> } => {
    const kept = new Map<string, string>();
    return {
      kept,
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    };
  };

  it('belong to a person and a revision, and are forgotten once they are saved', () => {
    const keep = memory();
    keepDraft(keep, of, 'mine', 'saved');
    expect(keptDraft(keep, of)).toBe('mine');
    expect(keptDraft(keep, { ...of, person: 'Ben' })).toBeUndefined();
    expect(keptDraft(keep, { ...of, revision: '4' })).toBeUndefined();
    keepDraft(keep, of, 'saved', 'saved');
    expect(keep.kept.size).toBe(0);
    expect(draftKey({ ...of, person: 'a:b', tenant: 'c' })).not.toBe(
      draftKey({ ...of, person: 'a', tenant: 'b:c' }),
    );
  });

  it('are given up where the device refuses, and nothing breaks', () => {
    const refuse = (): never => {
      throw new Error('full');
    };
    const full: Keep = { getItem: refuse, setItem: refuse, removeItem: refuse };
    keepDraft(full, of, 'mine', 'saved');
    expect(keptDraft(full, of)).toBeUndefined();
  });
});
