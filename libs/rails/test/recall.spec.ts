import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { testMetadata, type Recorded } from '@interlock/kernel';
import { actionRecall, initialAction, type ActionEvent } from '../src/index.js';

const examples = (name: string): { readonly [type: string]: object } =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/rails/${name}.json`, import.meta.url), 'utf8')) as {
    readonly [type: string]: object;
  };
const [first, present] = [examples('events.v1'), examples('events')];
const recorded = (type: string, data: object | undefined, version: number): Recorded<ActionEvent> =>
  ({
    type,
    data,
    metadata: testMetadata({ schema_version: version, occurred_at: '2026-11-20T10:00:00.000Z' }),
  }) as unknown as Recorded<ActionEvent>;
const rulesOf = (
  ...events: readonly [Recorded<ActionEvent>, ...Recorded<ActionEvent>[]]
): readonly unknown[] => [
  ...new Set(
    (actionRecall.recall(events, initialAction, { tenant: 'demo', id: 'a' }) ?? []).map(
      ({ rules }) => rules ?? 'present',
    ),
  ),
];

describe('an append is decided again by the rules that it was decided by', () => {
  const leading: { readonly [type: string]: string } = {
    ConfirmationWindowOpened: 'PlanPrepared',
    ApprovalRequested: 'PlanPrepared',
    DryRunCompleted: 'PlanPrepared',
    GatesReevaluated: '',
    LastLookTaken: '',
    OutcomeValidated: '',
  };

  it.each(Object.entries(leading))('%s', (type, before) => {
    const rulesOfAppend = (last: Recorded<ActionEvent>): readonly unknown[] =>
      before === '' ? rulesOf(last) : rulesOf(recorded(before, present[before], 1), last);
    expect(rulesOfAppend(recorded(type, first[type] ?? present[type], 1))).toEqual(['first']);
    expect(rulesOfAppend(recorded(type, present[type], 2))).toEqual([
      type === 'OutcomeValidated' ? 'before-declared-kpis' : 'present',
    ]);
    expect(rulesOfAppend(recorded(type, present[type], 3))).toEqual(['present']);
  });
});
