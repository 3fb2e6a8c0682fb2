import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { approvalsCsv, decidedFilterOf, inboxFilterOf } from '../src/action/approval-filters.js';
import { actionsSearchIn, filterOf, rowFits } from '../src/action/lists/action-filters.js';
import { actionsCsv, verdictChoices } from '../src/action/lists/filters.js';
import { gateNames } from '../src/action/words.js';
import type { InboxItem } from '../src/api/queries.js';
import type { ActionRow, ActionsFilter } from '../src/api/types.js';
import { chosenOf, inputOf, timeOf, utcOf } from '../src/ui/forms/filter-values.js';
import { heights, shareText } from '../src/figures/figures.js';

const { components } = JSON.parse(
  readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'),
) as {
  readonly components: {
    readonly schemas: {
      readonly GateFiguresDto: {
        readonly properties: {
          readonly gate: { readonly enum: readonly string[] };
          readonly verdicts: { readonly required: readonly string[] };
        };
      };
    };
  };
};
const { gate: gates, verdicts } = components.schemas.GateFiguresDto.properties;

describe('the filter of the list of actions', () => {
  it('asks for an entity, or for what begins so', () => {
    expect(filterOf({ entity: 'cell-1' })).toMatchObject({ entity_id: 'cell-1', entity_prefix: undefined });
    expect(filterOf({ entity: 'cell-*' })).toMatchObject({ entity_id: undefined, entity_prefix: 'cell-' });
  });

  it('is read from an address, and keeps nothing that is invalid', () => {
    const search = { state: 'DENIED', type: 'a', entity: 'b*', agent: 'c', account: 'd', gate: 'policy' };
    const later = { verdict: 'fail', since: '2026-03-01T09:30:00+01:00', until: '2026-03-02', cursor: 'e' };
    expect(filterOf(actionsSearchIn({ ...search, ...later }))).toEqual({
      state: 'DENIED',
      action_type: 'a',
      entity_id: undefined,
      entity_prefix: 'b',
      agent: 'c',
      account_id: 'd',
      gate: 'policy',
      verdict: 'fail',
      since: '2026-03-01T08:30:00.000Z',
      until: '2026-03-02T00:00:00.000Z',
      cursor: 'e',
    });
    const wrong = {
      state: 'toString',
      type: 7,
      entity: '',
      gate: 'none',
      verdict: 1,
      since: 'x',
      other: 'y',
    };
    expect(Object.values(filterOf(actionsSearchIn(wrong))).filter((one) => one !== undefined)).toEqual([]);
  });

  const fitting = {
    action_id: '0199-1',
    intent_id: 'i',
    state: 'COMPLETED',
    action_type: 'cell_failover',
    entity_id: 'cell-1',
    agent: 'optimizer',
    account_id: 'ran',
    dry_run: false,
  } as ActionRow;

  it.each<readonly [ActionsFilter, ActionsFilter]>([
    [{ state: 'COMPLETED' }, { state: 'PENDING' }],
    [{ action_type: 'cell_failover' }, { action_type: 'qos_tune' }],
    [{ entity_id: 'cell-1' }, { entity_id: 'cell-' }],
    [{ entity_prefix: 'cell-' }, { entity_prefix: 'ell' }],
    [{ agent: 'optimizer' }, { agent: 'other' }],
    [{ account_id: 'ran' }, { account_id: 'core' }],
    [{ intent_id: 'i' }, { intent_id: 'j' }],
    [{ action_id_prefix: '0199' }, { action_id_prefix: '199' }],
    [{ open: 'false' }, { open: 'true' }],
    [{ dry_run: 'false' }, { dry_run: 'true' }],
  ])('knows that a row matches %j and not %j', (right, wrong) => {
    expect([rowFits(fitting, right), rowFits(fitting, wrong)]).toEqual([true, false]);
    expect(rowFits(fitting, { ...right, gate: 'policy' })).toBeUndefined();
  });

  it.each<ActionsFilter>([
    { gate: 'policy' },
    { verdict: 'fail' },
    { since: 'x' },
    { until: 'x' },
    { ids: 'x' },
  ])('leaves %j to the server', (filter) => expect(rowFits(fitting, filter)).toBeUndefined());

  it('offers every gate and every verdict', () => {
    expect(Object.keys(gateNames).sort()).toEqual([...gates.enum].sort());
    expect(Object.keys(verdictChoices).sort()).toEqual([...verdicts.required].sort());
    expect(chosenOf(gateNames, 'budget')).toBe('budget');
    for (const wrong of ['toString', 'nothing', 7, undefined])
      expect(chosenOf(gateNames, wrong)).toBeUndefined();
  });

  it('reads times as UTC, and nothing that is none', () => {
    expect(utcOf('2026-03-01T08:30')).toBe('2026-03-01T08:30:00.000Z');
    expect(inputOf('2026-03-01T08:30:00.000Z')).toBe('2026-03-01T08:30');
    expect([utcOf(''), timeOf('yesterday'), timeOf(5)]).toEqual([undefined, undefined, undefined]);
    expect(timeOf('2026-03-01T09:30:00+01:00')).toBe('2026-03-01T08:30:00.000Z');
  });

  it('writes rows as CSV that a spreadsheet reads and does not run', () => {
    const row = {
      action_id: 'a1',
      intent_id: '=1+1',
      state: 'DENIED',
      action_type: 'cell_failover',
      entity_id: 'say "hi", twice',
      agent: '@bot',
      account_id: 'ran',
      requester: 'line\nbreak',
      risk_score: -3,
      accepted_at: '2026-03-01T08:30:00.000Z',
      ended_at: null,
    } as unknown as ActionRow;
    const [head, ...lines] = actionsCsv([row]).split('\r\n');
    expect(head).toMatch(/^action_id,intent_id,state,/);
    expect(lines.join('\r\n')).toBe(
      `a1,'=1+1,DENIED,cell_failover,"say ""hi"", twice",'@bot,ran,"line\nbreak",-3,2026-03-01T08:30:00.000Z,\r\n`,
    );
  });
});

describe('the filter of approvals', () => {
  it('asks for what waits, for what was decided, or for both', () => {
    expect(inboxFilterOf({ entity: 'cell-*', gate: 'policy' })).toMatchObject({
      entity_prefix: 'cell-',
      gate: 'policy',
    });
    expect(decidedFilterOf({ entity: 'cell-*' })).toMatchObject({ entity_prefix: 'cell-' });
    expect([inboxFilterOf({ state: 'plan' })?.kind, decidedFilterOf({ state: 'plan' })]).toEqual([
      'plan',
      undefined,
    ]);
    expect([inboxFilterOf({ state: 'REJECTED' }), decidedFilterOf({ state: 'REJECTED' })?.state]).toEqual([
      undefined,
      'REJECTED',
    ]);
  });

  it('asks the inbox nothing in the view of what was decided', () => {
    expect(inboxFilterOf({ view: 'decided', entity: 'cell-1' })).toBeUndefined();
    expect(decidedFilterOf({ view: 'decided', entity: 'cell-1' })).toMatchObject({ entity_id: 'cell-1' });
    expect(inboxFilterOf({ view: 'all' })).toBeDefined();
  });

  it('writes what waits and what was decided as one CSV', () => {
    const item = { kind: 'approval', id: 'a1', gates: ['policy', 'budget'], why: '=1', approvals: 0 };
    const row = { action_id: 'a2', state: 'REJECTED', ended_at: '2026-03-01T08:30:00.000Z' };
    const [head, ...lines] = approvalsCsv(
      [item as unknown as InboxItem],
      [row as unknown as ActionRow],
    ).split('\r\n');
    expect(head).toMatch(/^state,id,title,/);
    expect(lines).toEqual([
      `approval,a1,,,,,policy budget,,,,0,,'=1,`,
      'REJECTED,a2,,,,,,,,2026-03-01T08:30:00.000Z,,,,',
      '',
    ]);
  });
});

describe('figures', () => {
  it('divide what was accepted without a rest', () => {
    const step = { accepted: 10, automatic: 3, started: 5, refused: 2 };
    expect(heights(step)).toEqual([3, 2, 3, 2]);
    expect(heights(step).reduce((a, b) => a + b, 0)).toBe(step.accepted);
  });

  it('have no share of nothing', () => expect([shareText(0, 0), shareText(1, 8)]).toEqual(['–', '12.5 %']));
});
