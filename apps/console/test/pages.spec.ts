import { describe, expect, it } from '@jest/globals';
import { limitsOf, needText } from '../src/action/limits.js';
import { isRollbackUnderWay, rollbackWords } from '../src/action/words.js';
import { cellOf, loosensMode, recordsUnder } from '../src/autonomy/modes/modes.js';
import { handlerText } from '../src/register/type-words.js';
import { stepWords } from '../src/devices/steps.js';
import { heights } from '../src/overview/outcomes.js';
import { niceTop } from '../src/ui/steps/steps.js';
import { matching, pastedId, type Offer } from '../src/shell/palette.js';
import { meantKey, readRemap } from '../src/shell/remap.js';
import { fieldsOf, readFields } from '../src/twin/fields.js';

describe('the rollback of a completed action', () => {
  const reasons = [{ code: 'leaves-changed', detail: 'others changed it' }];
  it.each([
    ['prepared', 'COMPLETED', false, 'nobody has approved it'],
    ['approved', 'COMPLETED', true, 'nothing was sent yet'],
    ['judged', 'COMPLETED', true, 'nothing was sent yet'],
    ['started', 'ROLLING_BACK', true, 'rollback is running'],
    ['refused', 'COMPLETED', false, 'nothing was sent: others changed it.'],
    ['done', 'ROLLED_BACK', false, 'second outcome: it had completed'],
    ['done', 'ROLLBACK_FAILED', false, 'second outcome: the rollback failed'],
  ] as const)('is told while it is %s and the action %s', (status, state, underWay, words) => {
    expect(rollbackWords({ status, reasons, temporary: false }, state)).toContain(words);
    expect(isRollbackUnderWay({ status })).toBe(underWay);
  });

  it('needs no reason to say that it was refused, and is not under way where nobody asked', () => {
    expect(rollbackWords({ status: 'refused', reasons: [], temporary: false }, 'COMPLETED')).toBe(
      'It was refused and nothing was sent.',
    );
    expect(isRollbackUnderWay(null)).toBe(false);
  });
});

describe('the palette', () => {
  const offer = (label: string, hint = '', words = ''): Offer => ({
    id: label,
    group: 'Pages',
    label,
    hint,
    words,
  });
  const labels = (text: string): readonly string[] =>
    matching(
      [
        offer('Policies'),
        offer('Overview'),
        offer('Stop…', 'Shift S', 'kill switch'),
        offer('gnb-001', 'site site-001', 'cell-001-1'),
      ],
      text,
    ).map(({ label }) => label);

  it('puts what begins so before what only holds it, and finds by words that are not shown', () => {
    expect(labels('o')).toEqual(['Overview', 'Policies', 'Stop…']);
    expect(labels('kill')).toEqual(['Stop…']);
    expect(labels('CELL-001')).toEqual(['gnb-001']);
    expect(labels('site 001')).toEqual(['gnb-001']);
    expect(labels('nothing')).toEqual([]);
    expect(labels('')).toHaveLength(4);
  });

  it('takes an id out of whatever was pasted with it', () => {
    const id = '01a1ffa6-7211-7154-b0df-560d7e7c9801';
    expect(pastedId(` https://x/actions/${id.toUpperCase()}?tenant=demo`)).toBe(id);
    expect(pastedId('01a1ffa6-7211')).toBeUndefined();
  });
});

describe('keys that were moved', () => {
  it('mean what they were before, and nothing in their old place', () => {
    expect(meantKey('n', { j: 'n' })).toBe('j');
    expect(meantKey('j', { j: 'n' })).toBeUndefined();
    expect(meantKey('k', { j: 'n' })).toBe('k');
    expect(meantKey('Ctrl+k', { k: 'j' })).toBe('Ctrl+k');
    expect([meantKey('k', { j: 'k', k: 'j' }), meantKey('j', { j: 'k', k: 'j' })]).toEqual(['j', 'k']);
  });

  it('are read as far as they make sense', () => {
    expect(readRemap({ j: 'N', k: 'n', y: 'g', z: '?', a: 'ab', unknown: 'q', x: 'x', '/': 'ü' })).toEqual({
      j: 'n',
    });
    expect(readRemap('j')).toEqual({});
  });
});

describe('the fields of a prediction', () => {
  const schema = {
    required: ['power'],
    properties: {
      power: { type: 'number', minimum: 0, maximum: 6 },
      mode: { enum: ['soft', 'hard'] },
      force: { type: 'boolean' },
      near: { type: 'array' },
      name: { type: 'string', description: 'any' },
    },
  };

  it('come from the schema, each in the form it can be asked in', () => {
    expect(fieldsOf(schema).map(({ name, kind, required, hint }) => [name, kind, required, hint])).toEqual([
      ['power', 'number', true, '0 – 6'],
      ['mode', 'choice', false, ''],
      ['force', 'flag', false, ''],
      ['near', 'json', false, ''],
      ['name', 'text', false, 'any'],
    ]);
    expect(fieldsOf(undefined)).toEqual([]);
  });

  it('are read as what they are, and every fault is named', () => {
    const fields = fieldsOf(schema);
    expect(readFields(fields, { power: '3', force: 'false', near: '["a"]', name: ' x ' }).parameters).toEqual(
      {
        power: 3,
        force: false,
        near: ['a'],
        name: 'x',
      },
    );
    expect(readFields(fields, { near: '[' }).faults).toEqual(['power is missing', 'near is not valid JSON']);
    expect(readFields(fields, { power: 'a lot' }).faults).toEqual(['power is not a number']);
  });
});

describe('the matrix of modes', () => {
  const entries = [
    { mode: 'APPROVAL_REQUIRED' },
    { mode: 'PROPOSE_ONLY', account_id: 'a' },
    { mode: 'DISABLED', action_type: 't' },
    { mode: 'AUTO_EXECUTE', account_id: 'a', action_type: 't' },
  ] as const;

  it('takes the most precise entry, and says whether it is set right there', () => {
    expect(cellOf(entries, 'a', 't')).toEqual({ mode: 'AUTO_EXECUTE', level: 1, own: true });
    expect(cellOf(entries, 'b', 't')).toEqual({ mode: 'DISABLED', level: 2, own: false });
    expect(cellOf(entries, 'a', 'u')).toEqual({ mode: 'PROPOSE_ONLY', level: 3, own: false });
    expect(cellOf(entries, 'b', 'u')).toEqual({ mode: 'APPROVAL_REQUIRED', level: 4, own: false });
    expect(cellOf(entries, undefined, 't')).toEqual({ mode: 'DISABLED', level: 2, own: true });
    expect(cellOf(entries, 'a', undefined)).toEqual({ mode: 'PROPOSE_ONLY', level: 3, own: true });
    expect(cellOf(entries, undefined, undefined)).toEqual({ mode: 'APPROVAL_REQUIRED', level: 4, own: true });
    expect(cellOf([], 'a', 't')).toBeUndefined();
  });

  it('knows which records a place gives their mode: not those that a more precise entry decides', () => {
    const records = [
      { account_id: 'a', action_type: 't' },
      { account_id: 'a', action_type: 'u' },
      { account_id: 'b', action_type: 't' },
      { account_id: 'b', action_type: 'u' },
    ];
    const under = (account: string | undefined, type: string | undefined): string =>
      recordsUnder(entries, { account, type }, records)
        .map(({ account_id, action_type }) => `${account_id}/${action_type}`)
        .join(' ');
    expect(under('a', 't')).toBe('a/t');
    expect(under('b', 't')).toBe('b/t');
    expect(under(undefined, 't')).toBe('b/t');
    expect(under('a', undefined)).toBe('a/u');
    expect(under(undefined, undefined)).toBe('b/u');
  });

  it('knows what loosens: nothing set asks for an approval', () => {
    expect(loosensMode(undefined, 'AUTO_EXECUTE')).toBe(true);
    expect(loosensMode('DISABLED', 'PROPOSE_ONLY')).toBe(true);
    expect(loosensMode(undefined, 'APPROVAL_REQUIRED')).toBe(false);
    expect(loosensMode('AUTO_EXECUTE', 'DISABLED')).toBe(false);
  });
});

describe('what would have let an action through', () => {
  const action = {
    state: 'DENIED',
    automatic_if: [],
    affected_entity_count: 12,
    parameters: { power_raise_db: 6 },
    gates: [
      {
        gate: 'policy',
        verdict: 'fail',
        hold: null,
        reasons: [
          {
            code: 'denied-by-rule',
            detail: 'no',
            rule_id: 'cf-power',
            when: ['parameters.power_raise_db > 5', 'odd text'],
          },
          { code: 'allowed-by-policy', detail: 'yes', when: ['affected_entity_count < 9'] },
        ],
        saw: {},
      },
      {
        gate: 'blast_radius',
        verdict: 'fail',
        hold: null,
        reasons: [],
        saw: { affected_entity_count: 3, estimate: { affected_entity_count: 12 }, policies_limit: 6 },
      },
    ],
  } as const;

  it('is the other side of each condition of the rule that denied it, and the limit that it exceeded', () => {
    const limits = limitsOf(action);
    expect(limits).toEqual([
      { gate: 'policy', figure: 'parameters.power_raise_db', is: 6, op: '<=', value: 5, by: 'cf-power' },
      { gate: 'blast_radius', figure: 'affected entities', is: 12, op: '<=', value: 6 },
    ]);
    expect(limits.map(needText)).toEqual(['needs ≤ 5', 'needs ≤ 6']);
  });

  it('is what the API says where it asks a person', () => {
    const bound = {
      gate: 'confidence',
      figure: 'confidence',
      is: 0.6,
      automatic: { op: '>=', value: 0.7 },
    } as const;
    expect(limitsOf({ ...action, state: 'AWAITING_APPROVAL', automatic_if: [bound] })).toEqual([
      { gate: 'confidence', figure: 'confidence', is: 0.6, op: '>=', value: 0.7, by: undefined },
    ]);
    expect(needText({ op: 'in', value: ['LOW', 'MEDIUM'] })).toBe('needs one of LOW, MEDIUM');
    expect(needText({ op: '==', value: 'AUTO_EXECUTE' })).toBe('needs AUTO_EXECUTE');
  });
});

describe('outcomes by hour', () => {
  it('are put together as people speak of them, and every state has its place', () => {
    expect(
      heights({ counts: { COMPLETED: 5, DENIED: 1, BLOCKED: 2, EXPIRED: 1, ROLLBACK_FAILED: 1 } }),
    ).toEqual([5, 1, 3, 1]);
    expect(heights({ counts: {} })).toEqual([0, 0, 0, 0]);
  });

  it('have a scale that is easy to read', () =>
    expect([0, 4, 5, 11, 60, 61, 1001].map(niceTop)).toEqual([4, 4, 6, 20, 60, 80, 2000]));
});

describe('a step of a device’s change', () => {
  const step = (type: string, over: object = {}) =>
    stepWords({
      revision: '0',
      position: '1',
      at: '2026-01-01T00:00:00.000Z',
      type,
      reasons: [],
      exchanges: [],
      timer_ends_at: null,
      how: null,
      ...over,
    });

  it('has its number, its shape and what happened', () => {
    expect(step('TentativeCommitApplied', { timer_ends_at: '2026-01-01T00:00:40.000Z' })).toMatchObject({
      no: 5,
      kind: 'green',
      text: 'the device takes it back by itself 40 s later',
    });
    expect(step('ChangeRolledBack', { how: 'cancel-commit' })).toMatchObject({
      kind: 'vio',
      text: 'cancel commit',
    });
    const exchange = { at: '', sent: '', detail: null, ms: 1 };
    expect(
      step('ApplyFailed', {
        exchanges: [
          { ...exchange, operation: 'lock', outcome: 'ok' },
          { ...exchange, operation: 'commit', outcome: 'lock-denied' },
        ],
      }).text,
    ).toBe('2 RPCs, not ok: commit lock-denied');
  });

  it('is shown by its own name where it is new', () =>
    expect(step('SomethingNew').title).toBe('SomethingNew'));
});

describe('who carries an action type out', () => {
  it('is said in words, with its limits', () => {
    const endpoint = { steps: ['apply'], timeout_ms: 5000, max_calls: 4 } as const;
    const of = (more: object): string =>
      handlerText({
        handler: { service: 'agent-gateway', name: 'x', ...endpoint, kind: 'nats', ...more },
      });
    expect(handlerText({ handler: null })).toBe('none: dry runs only');
    expect(of({})).toBe('over NATS, deadline 5000 ms, at most 4 at once');
    expect(of({ kind: 'mcp', server: 'files', tool: 'read' })).toBe(
      'tool read of MCP server files, deadline 5000 ms, at most 4 at once',
    );
  });
});
