import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { sameJson, testMetadata, type Recorded } from '@interlock/kernel';
import { actionDecider, actionRecall, initialAction, type ActionEvent } from '../src/index.js';
import { Life } from './life.js';
import { looks, now, type Scene } from './looks.js';

const examples = (name: string): { readonly [type: string]: object } =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/rails/${name}.json`, import.meta.url), 'utf8')) as {
    readonly [type: string]: object;
  };
const [first, second, present] = [examples('events.v1'), examples('events.v2'), examples('events')];
const recorded = (type: string, data: object | undefined, version: number): Recorded<ActionEvent> =>
  ({
    type,
    data,
    metadata: testMetadata({ schema_version: version, occurred_at: now }),
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

  const secondRules: { readonly [type: string]: string } = {
    ConfirmationWindowOpened: 'before-affected',
    ApprovalRequested: 'before-affected',
    LastLookTaken: 'before-affected',
    OutcomeValidated: 'before-declared-kpis',
  };

  it.each(Object.entries(leading))('%s', (type, before) => {
    const rulesOfAppend = (last: Recorded<ActionEvent>): readonly unknown[] =>
      before === '' ? rulesOf(last) : rulesOf(recorded(before, present[before], 1), last);
    expect(rulesOfAppend(recorded(type, first[type] ?? present[type], 1))).toEqual(['first']);
    expect(rulesOfAppend(recorded(type, second[type] ?? present[type], 2))).toEqual([
      secondRules[type] ?? 'present',
    ]);
    expect(rulesOfAppend(recorded(type, present[type], 3))).toEqual(['present']);
  });
});

describe('an append of before a yes was bound to how many entities are affected', () => {
  const asks: Scene = { posture: 'YELLOW' };
  const confirms: Scene = {
    evaluation: {
      decision: 'CONFIRM',
      reasons: [{ code: 'why', detail: 'because' }],
      limits: {
        max_affected_entities: null,
        min_confidence: null,
        confirmation_window_s: null,
        confirm_above_entities: null,
        on_elapse: 'proceed',
        window_policy: 'p',
      },
    },
  };
  type Step = readonly [before: Life, written: readonly ActionEvent[]];
  const planned = (scene: Scene): Step => {
    const life = new Life().accept(scene).walk(scene).consume();
    return [life, Life.planned(scene).events.slice(life.events.length)];
  };
  const looked = (): Step => {
    const life = Life.planned().reserve().turn();
    return [life, Life.executing().events.slice(life.events.length)];
  };
  /** The same append, with the examples of a version in the place of its events, and recorded in that version. */
  const appendOf = (
    written: readonly ActionEvent[],
    of: typeof present,
    version: number,
  ): readonly Recorded<ActionEvent>[] =>
    written.map(({ type, data }) =>
      type in second ? recorded(type, of[type], version) : recorded(type, data, 2),
    );
  const decidedAgain = ([before]: Step, append: readonly Recorded<ActionEvent>[]): boolean => {
    const [one, ...others] = append;
    if (one === undefined) throw new Error('nothing was written');
    const plain = (events: readonly ActionEvent[]): unknown =>
      JSON.parse(JSON.stringify(events.map(({ type, data }) => ({ type, data }))));
    const commands = actionRecall.recall([one, ...others], before.state, { tenant: 'demo', id: 'a-1' }) ?? [];
    return commands.some((command) =>
      sameJson(plain(actionDecider.decide(command, before.state)), plain(append)),
    );
  };

  it.each<readonly [string, Step]>([
    ['ApprovalRequested', planned(asks)],
    ['ConfirmationWindowOpened', planned(confirms)],
    ['LastLookTaken', looked()],
  ])('is decided again as it was: %s', (type, step) => {
    const [, written] = step;
    expect(written.map((event) => event.type)).toContain(type);
    expect(second[type]).not.toHaveProperty('digest_parts.affected');
    expect(present[type]).toHaveProperty('digest_parts.affected', 3);
    expect(decidedAgain(step, appendOf(written, second, 2))).toBe(true);
    expect(decidedAgain(step, appendOf(written, present, 3))).toBe(true);
    expect(decidedAgain(step, appendOf(written, second, 3))).toBe(false);
    expect(decidedAgain(step, appendOf(written, present, 2))).toBe(false);
  });

  it('started what affected more than was reserved, which reserves anew today', () => {
    const { state } = Life.planned().reserve().turn();
    const look = (rules?: 'before-affected' | 'before-declared-kpis'): readonly string[] =>
      actionDecider
        .decide(
          {
            kind: 'record_last_look',
            looks: looks({ estimate: { affected_entity_count: 7 } }),
            plan: Life.planned().state.planned?.plan ?? null,
            switches: [],
            soak_s: 5,
            confirm_timeout_s: 95,
            now,
            ...(rules === undefined ? {} : { rules }),
          },
          state,
        )
        .map(({ type }) => type);
    expect(look()).toEqual(['LastLookTaken', 'ReservationRequested']);
    expect(look('before-affected')).toEqual(['LastLookTaken', 'ExecutionStarted']);
    expect(look('before-declared-kpis')).toEqual(['LastLookTaken', 'ExecutionStarted']);
  });
});
