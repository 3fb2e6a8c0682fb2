import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { testMetadata, type Recorded } from '@interlock/kernel';
import { initialAction, type ActionEvent } from '@interlock/rails';
import { actionCommands } from '../src/rails/action-commands.js';

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
const rulesOf = (...events: readonly Recorded<ActionEvent>[]): readonly unknown[] => [
  ...new Set(actionCommands(events, initialAction).map(({ rules }) => rules ?? 'present')),
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
    const lead = before === '' ? [] : [recorded(before, present[before], 1)];
    expect(rulesOf(...lead, recorded(type, first[type] ?? present[type], 1))).toEqual([1]);
    expect(rulesOf(...lead, recorded(type, present[type], 2))).toEqual(['present']);
  });
});
