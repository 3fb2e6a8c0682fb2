import { describe, expect, it } from '@jest/globals';
import type { EvaluationV1 } from '@interlock/contracts';
import { fold, isProblem } from '@interlock/kernel';
import { actionDecider, type ActionCommand, type ActionEvent, type ActionState } from '@interlock/rails';
import { accept, now, planned, plan, walk } from '../docs/action-samples.mjs';
import { numbered, decide, versionOf } from './recipe-decisions.js';
import { suite, asked, decisions, type KnownFacts } from './recipe-cases.js';

/** Rules that a recipe takes from another, to show their precedence. */
const borrowed = ['quarantine-high-risk', 'emergency-rollback'];
const governing = (n: number, given: KnownFacts): EvaluationV1 =>
  decide(
    versionOf(numbered(n), typeof given['step'] === 'number' ? `${given['step']}.0.0` : undefined),
    asked[n]!(given),
  );
const governed = (n: number, { matched_rules }: EvaluationV1): boolean =>
  matched_rules.some((id) => n === 1 || !borrowed.includes(id));

/**
 * The state of an action that such an evaluation holds, after the allowed approvals of these
 * people.
 */
const afterYes = (evaluation: EvaluationV1, approvers: readonly string[]): string => {
  const commands = [
    accept(),
    walk({
      evaluation: {
        decision: evaluation.decision,
        reasons: evaluation.reasons,
        approvals_required: evaluation.approvals_required,
      },
    }),
    planned(plan()),
  ] as unknown as ActionCommand[];
  const stateOf = (events: readonly ActionEvent[]): ActionState =>
    fold(actionDecider, events, { occurred_at: now });
  const write = (events: readonly ActionEvent[], command: ActionCommand): readonly ActionEvent[] => [
    ...events,
    ...actionDecider.decide(command, stateOf(events)),
  ];
  const waiting = commands.reduce(write, []);
  const all = approvers.reduce((events, who) => {
    try {
      return write(events, {
        kind: 'approve',
        by: `person:${who}`,
        now,
        digest: stateOf(events).approval?.digest ?? null,
        comment: null,
      } as ActionCommand);
    } catch (error) {
      if (!isProblem(error, 'same-person')) throw error;
      return events;
    }
  }, waiting);
  return stateOf(all).status;
};

describe('acceptance: recipes', () => {
  it.each(suite.cases.map((one) => [one.id, one] as const))(
    '%s',
    (_, { input: { recipe: n, context }, expect: wanted }) => {
      const evaluation = governing(n, context);
      expect(governed(n, evaluation)).toBe(wanted.governed);
      if (wanted.outcome === undefined) return;
      if (wanted.outcome === 'recipe 1 takes it') {
        expect(governed(1, decide(numbered(1).bundles[0]!, asked[1]!(context)))).toBe(true);
        return;
      }
      expect(evaluation.decision).toBe(decisions[wanted.outcome]);
      if (n === 2)
        expect(
          decide(numbered(2).bundles[0]!, { ...asked[2]!(context), action: 'inbox.escalate' }).decision,
        ).toBe('ALLOW');
      if (n === 13)
        expect(afterYes(evaluation, context['approvers'] as readonly string[])).toBe(
          wanted.outcome === 'waits' ? 'AWAITING_APPROVAL' : 'PENDING',
        );
      if (n === 12) expect(evaluation.reasons[0]?.['retry_after_s']).toBeGreaterThan(0);
    },
  );
});
