import { describe, expect, it } from '@jest/globals';
import { questionKinds, readQuestions, type QuestionContext } from '../src/index.js';
import { catalogue, rule } from './samples.js';

describe('submitted questions', () => {
  const context: QuestionContext = {
    rules: [rule({ id: 'a' })],
    catalogue,
    invariants: [
      { id: 'own', description: '', never: 'ALLOW', agent: '*', action: 'planner.deploy', conditions: [] },
    ],
  };
  const faults = (questions: unknown, over: Partial<QuestionContext> = {}): readonly string[] =>
    readQuestions(questions, { ...context, ...over }).violations.map(
      ({ pointer, code }) => `${pointer} ${code!}`,
    );

  it('names every fault of every question', () => {
    expect(
      faults([
        { kind: 'implies', rule: 'a' },
        { kind: 'implies', rule: 'a', other: 'x' },
        { kind: 'gaps', action: 'warp', more: 1 },
        { kind: 'gaps', action: 'warp', conditions: [{ field: 'nope', op: '==', value: 1 }] },
        { kind: 'invariant', id: 'unknown' },
        { kind: 'invariant', never: 'CONFIRM' },
        { kind: 'bundle_equivalent' },
        { kind: 'reachable', rule: 7 },
      ]),
    ).toEqual([
      '/questions/0/other required',
      '/questions/1/other unknown-rule',
      '/questions/2/more additional',
      '/questions/3/action unknown-action-type',
      '/questions/4/never required',
      '/questions/5/never enum',
      '/other required',
      '/questions/7/rule type',
    ]);
    expect([
      faults(null),
      faults([]),
      faults([{ kind: 'why' }]),
      faults([5]),
      faults(Array.from({ length: 101 }, () => ({ kind: 'gaps' }))),
    ]).toEqual([
      ['/questions type'],
      ['/questions min-items'],
      ['/questions/0/kind enum'],
      ['/questions/0 type'],
      ['/questions max-items'],
    ]);
  });

  it("resolves a tenant's invariant by its id, and fills in defaults", () => {
    const { questions, violations } = readQuestions(
      [{ kind: 'invariant', id: 'own' }, { kind: 'gaps' }, { kind: 'bundle_implies' }],
      { ...context, other: [] },
    );
    expect(violations).toEqual([]);
    expect(questions).toEqual([
      { kind: 'invariant', invariant: context.invariants![0] },
      { kind: 'gaps', agent: '*', action: '*', conditions: [] },
      { kind: 'bundle_implies', decision: 'ALLOW' },
    ]);
    expect(questionKinds).toHaveLength(11);
  });
});
