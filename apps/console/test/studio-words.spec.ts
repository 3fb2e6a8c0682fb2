import { describe, expect, it } from '@jest/globals';
import { namesFor } from '../src/studio/editor/completing.js';
import { draftRule, type ApprovedAction } from '../src/studio/editor/draft-rule.js';
import { declaredFields } from '../src/studio/fields.js';
import { changes, deltaText, growthText, needsNote } from '../src/studio/analysis/flip-words.js';
import { plainName, readImport } from '../src/studio/import-file.js';
import { satisfyingValue, missOf, withCondition } from '../src/studio/playground/near-miss.js';
import {
  changedSince,
  conditionWords,
  freeId,
  inOrder,
  rulesOf,
  ruleWords,
  valueIn,
} from '../src/studio/rules.js';
import { freeVersion } from '../src/studio/editor/versions.js';

describe('the version that a draft goes on under', () => {
  it('is the next patch that is free', () => {
    expect(freeVersion('1.0.0', [])).toBe('1.0.1');
    expect(freeVersion('1.0.0', ['1.0.0', '1.0.1', '1.0.2', '1.1.0'])).toBe('1.0.3');
    expect(freeVersion('1.9.9', ['1.9.9'])).toBe('1.9.10');
  });

  it('is none where it is not a version', () => {
    for (const wrong of ['', '1', '1.0', '1.0.0-rc.1', 'x.y.z', '1.0.99999999999'])
      expect(freeVersion(wrong, [])).toBeUndefined();
  });
});

const rule = (over: object = {}): object => ({
  id: 'r',
  agent: '*',
  action: 'cell_failover',
  effect: 'allow',
  priority: 1,
  conditions: [{ field: 'risk_score', op: '<=', value: 40 }],
  ...over,
});

describe('rules as people read them', () => {
  it('reads what can be read of anything', () => {
    for (const wrong of [null, 1, 'x', [], { rules: 1 }, { rules: null }]) expect(rulesOf(wrong)).toEqual([]);
    const [one, ...others] = rulesOf({
      rules: [null, rule({ priority: 'high', conditions: [1, null] }), []],
    });
    expect(others).toEqual([]);
    expect(one).toMatchObject({ place: 1, priority: 0, conditions: [{ field: '' }, { field: '' }] });
  });

  it('puts them into the order in which they decide', () => {
    const rules = rulesOf({
      rules: [
        rule({ id: 'b', effect: 'allow' }),
        rule({ id: 'a', effect: 'allow' }),
        rule({ id: 'n', effect: 'needs_approval' }),
        rule({ id: 'd', effect: 'deny' }),
        rule({ id: 'top', priority: 9 }),
      ],
    });
    expect(inOrder(rules).map(({ id }) => id)).toEqual(['top', 'd', 'n', 'a', 'b']);
  });

  it.each([
    ['<=', 40, 'risk score at most 40'],
    ['>=', 40, 'risk score at least 40'],
    ['<', 6, 'risk score below 6'],
    ['>', 6, 'risk score above 6'],
    ['==', 'x', 'risk score is x'],
    ['!=', true, 'risk score is not true'],
    ['~', 1, 'risk score ~ 1'],
  ])('%s %s is said as: %s', (op, value, words) => {
    expect(conditionWords({ field: 'parameters.risk_score', op, value })).toBe(words);
  });

  it('says a rule in one line, counts what changed, and finds a free name', () => {
    const [one] = rulesOf({ rules: [rule()] });
    expect(ruleWords(one ?? { agent: '', action: '', conditions: [] })).toBe(
      'any agent, cell_failover, risk score at most 40',
    );
    const before = rulesOf({ rules: [rule(), rule({ id: 'gone' })] });
    expect(changedSince(rulesOf({ rules: [rule({ id: 'new' }), rule()] }), before)).toBe(2);
    expect(changedSince(rulesOf({ rules: [rule({ priority: 2 }), rule({ id: 'gone' })] }), before)).toBe(1);
    expect(freeId(before, 'r')).toBe('r-2');
    expect(['40', '-1.5', 'true', ' x', '', '1e3'].map(valueIn)).toEqual([40, -1.5, true, ' x', '', 1000]);
  });

  it('completes names by the member that is written', () => {
    const vocabulary = { fields: ['risk_score'], actions: ['cell_failover'], agents: ['optimizer'] };
    expect(namesFor('  { "field": "ri', vocabulary)).toEqual(['risk_score']);
    expect(namesFor('"action": "', vocabulary)).toEqual(['*', 'cell_failover']);
    expect(namesFor('"op": "', vocabulary)).toContain('<=');
    expect(namesFor('"reason": "', vocabulary)).toBeUndefined();
    expect(namesFor('"effect": "allow", ', vocabulary)).toBeUndefined();
  });
});

describe('flips', () => {
  it('tells what gets looser first, and of that what was denied', () => {
    const counts = { 'ALLOW→DENY': 1, 'NEEDS_APPROVAL→ALLOW': 76, 'DENY→ALLOW': 1, 'DENY→NEEDS_APPROVAL': 2 };
    expect(changes(counts).map(({ from, to }) => `${from} ${to}`)).toEqual([
      'DENY ALLOW',
      'DENY NEEDS_APPROVAL',
      'NEEDS_APPROVAL ALLOW',
      'ALLOW DENY',
    ]);
    expect([needsNote({}), needsNote({ 'ALLOW→DENY': 1 }), needsNote({}, { 'DENY→CONFIRM': 1 })]).toEqual([
      false,
      false,
      true,
    ]);
    expect([deltaText(77), deltaText(-1), deltaText(0)]).toEqual(['+77', '−1', '0']);
    expect([growthText(100, 103), growthText(100, 97), growthText(0, 5)]).toEqual([
      '+3 %',
      '−3 %',
      undefined,
    ]);
  });
});

describe('a rule drafted from approvals', () => {
  const action = (over: Partial<ApprovedAction> = {}): ApprovedAction => ({
    agent: 'night-shift',
    action_type: 'cell_failover',
    account_id: 'ran-north',
    entity_id: 'cell-1',
    dry_run: false,
    affected_entity_count: 3,
    parameters: { power_raise_db: 3, target: 'x', nested: { a: 1 } },
    risk_score: 40,
    failed: false,
    ...over,
  });
  const declared = new Set([
    'risk_score',
    'account_id',
    'entity_id',
    'dry_run',
    'affected_entity_count',
    'parameters.power_raise_db',
    'parameters.target',
    'parameters.nested.a',
  ]);
  const unknown = [
    'confidence_score',
    'estimated_compute',
    'estimated_cost',
    'external_contact',
    'incident_id',
    'lifecycle_state',
    'risk_level',
    'trigger_type',
  ];
  const ruleOf = (...given: Parameters<typeof draftRule>): unknown => {
    const made = draftRule(...given);
    return typeof made === 'string' ? made : made.rule;
  };
  const openOf = (...actions: readonly ApprovedAction[]): unknown => {
    const made = draftRule(actions, [], declared);
    return typeof made === 'string' ? made : made.open;
  };

  it('limits each field that all of them have to the approved values', () => {
    expect(
      ruleOf(
        [
          action(),
          action({
            risk_score: 47,
            parameters: { power_raise_db: 2, target: 'x' },
            affected_entity_count: 1,
            entity_id: 'cell-2',
          }),
        ],
        [],
        declared,
      ),
    ).toMatchObject({
      id: 'approved-cell_failover',
      agent: 'night-shift',
      action: 'cell_failover',
      effect: 'allow',
      priority: 100,
      conditions: [
        { field: 'account_id', op: '==', value: 'ran-north' },
        { field: 'affected_entity_count', op: '<=', value: 3 },
        { field: 'parameters.power_raise_db', op: '>=', value: 2 },
        { field: 'parameters.power_raise_db', op: '<=', value: 3 },
        { field: 'parameters.target', op: '==', value: 'x' },
        { field: 'risk_score', op: '<=', value: 47 },
      ],
      reason: 'Drafted from 2 approvals by people',
    });
  });

  it('says nothing of a field that one of them lacks, that differs in name, or that is not declared', () => {
    const made = ruleOf(
      [
        action({ risk_score: undefined, agent: 'a', account_id: 'one' }),
        action({ agent: 'b', account_id: 'two' }),
      ],
      [],
      new Set(['risk_score', 'account_id']),
    );
    expect(made).toMatchObject({ agent: '*', conditions: [] });
  });

  it('stays below what denies and above what asks, under a free name, and tells what failed', () => {
    const rules = rulesOf({
      rules: [
        rule({ id: 'approved-cell_failover', effect: 'needs_approval', priority: 300 }),
        rule({ id: 'd', effect: 'deny', priority: 200 }),
        rule({ id: 'off', effect: 'deny', priority: 5, enabled: false }),
      ],
    });
    expect(ruleOf([action({ failed: true })], rules, declared)).toMatchObject({
      id: 'approved-cell_failover-2',
      priority: 199,
      reason: 'Drafted from 1 approval by people, 1 of them rolled back',
    });
  });

  it('names every field of an intent that it does not limit', () => {
    expect(openOf(action())).toEqual(unknown);
    expect(
      openOf(action(), action({ agent: 'b', entity_id: 'cell-2', parameters: { target: 'y', list: [1] } })),
    ).toEqual(
      [
        ...unknown,
        'agent',
        'entity_id',
        'parameters.nested.a',
        'parameters.power_raise_db',
        'parameters.target',
      ].sort(),
    );
  });

  it('keeps to the entity, and to dry runs, if all of them did', () => {
    const dry = action({ dry_run: true });
    expect(ruleOf([dry, dry], [], new Set(['entity_id', 'dry_run']))).toMatchObject({
      conditions: [
        { field: 'dry_run', op: '==', value: true },
        { field: 'entity_id', op: '==', value: 'cell-1' },
      ],
    });
    expect(openOf(dry, action())).toEqual([...unknown, 'dry_run'].sort());
  });

  it('makes none of nothing, and none over several types', () => {
    expect(draftRule([], [], declared)).toContain('No action');
    expect(draftRule([action(), action({ action_type: 'qos_tune' })], [], declared)).toContain(
      'several types',
    );
  });
});

describe('a file to import', () => {
  const good = { version: '1.0.0', rules: [rule()] };
  const read = (value: unknown) => readImport(JSON.stringify(value));

  it('is taken as signed or plain, with what it holds', () => {
    expect(read(good)).toMatchObject({ kind: 'plain', version: '1.0.0', notes: [] });
    expect(
      read({
        format: 'interlock-bundle/1',
        bundle: good,
        provenance: { tenant: 'north' },
        expires_at: '2026-01-01T00:00:00Z',
      }),
    ).toMatchObject({ kind: 'signed', from: 'north', expires: '2026-01-01T00:00:00Z' });
  });

  it.each([
    ['huge', 'x'.repeat(300_000), '256 kB'],
    ['deep', '['.repeat(5000) + ']'.repeat(5000), 'levels deep'],
    ['no JSON', '<html>', 'not valid JSON'],
    ['a number', '1', 'not a bundle'],
    ['a list', '[]', 'not a bundle'],
    ['without rules', '{}', 'no list of rules'],
    ['rules that are none', '{"rules": {}}', 'no list of rules'],
    ['another format', '{"format": "rego/\u202e1"}', '\\u202e'],
    ['signed nothing', '{"format": "interlock-bundle/1"}', 'no list of rules'],
    ['many rules', JSON.stringify({ rules: Array.from({ length: 10_001 }, () => 1) }), 'limit is 10,000'],
  ])('that is %s is refused in words', (_name, content, words) => {
    const file = readImport(content);
    expect(file.kind === 'refused' ? file.why : file).toEqual(expect.stringContaining(words));
  });

  it('that holds scripts and marks is told of, and they are written out', () => {
    const file = read({
      version: '1.0.0',
      rules: [rule({ id: '<img src=x onerror=alert(1)>' }), rule({ id: 'safe\u202etxt' }), 'no rule'],
    });
    expect(file.kind === 'refused' ? [] : file.notes).toEqual([
      expect.stringContaining('1 entry'),
      expect.stringContaining('direction-changing'),
      expect.stringContaining('markup'),
    ]);
    expect(plainName('safe\u202etxt\u200b')).toBe('safe\\u202etxt\\u200b');
    expect(JSON.parse('{"__proto__": {"rules": []}, "rules": []}')).toBeDefined();
    expect(readImport('{"__proto__": {"polluted": 1}, "rules": []}').kind).toBe('plain');
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('near misses', () => {
  it('are read, and tried by a value that meets them', () => {
    const miss = missOf({
      rule_id: 'cf',
      effect: 'allow',
      field: 'risk_score',
      op: '<=',
      value: 40,
      actual: 47,
    });
    expect(miss).toMatchObject({ name: 'cf', would: 'allow it', actual: 47 });
    if (miss === undefined) throw new Error('it was not read');
    expect(withCondition([{ field: 'risk_score', value: '47' }], miss)).toEqual([
      { field: 'risk_score', value: '40' },
    ]);
    expect(withCondition([], miss)).toEqual([{ field: 'risk_score', value: '40' }]);
    expect([undefined, 1, {}, { rule_id: 'x', field: 'a', op: '<', value: null }].map(missOf)).toEqual(
      Array(4).fill(undefined),
    );
    expect(
      [
        ['<', 6],
        ['>', 6],
        ['!=', 6],
        ['!=', true],
        ['!=', 'x'],
        ['==', 'x'],
      ].map(([op, value]) => satisfyingValue({ op: String(op), value: value ?? '' })),
    ).toEqual(['5', '7', '7', 'false', 'not x', 'x']);
  });
});

describe('fields to choose from', () => {
  it('are those of every request and those that action types declare', () => {
    const fields = declaredFields([
      {
        parameters: {
          properties: {
            power: { type: ['integer', 'null'] },
            kind: { enum: ['a'] },
            list: { type: 'array' },
            in: { type: 'object', properties: { deep: { type: 'string' } } },
            'with.dot': { type: 'string' },
          },
        },
        impact_fields: ['drops'],
      },
    ]);
    for (const field of [
      'risk_score',
      'time.hour',
      'parameters.power',
      'parameters.kind',
      'parameters.in.deep',
      'impact_by_kpi.drops',
    ])
      expect(fields).toContain(field);
    for (const field of ['parameters.list', 'parameters.with.dot', 'parameters.in'])
      expect(fields).not.toContain(field);
  });
});
