import { describe, expect, it } from '@jest/globals';
import type { Actor } from '@interlock/contracts';
import { fold, isProblem } from '@interlock/kernel';
import {
  actionDecider,
  type ActionCommand,
  type ActionEvent,
  type ActionState,
  type IntentAcceptedData,
} from '../src/index.js';
import { Life } from './life.js';
import { now, type Scene } from './looks.js';

const two: Scene = { evaluation: { decision: 'NEEDS_APPROVAL', approvals_required: 2 } };
const window: Scene = {
  evaluation: {
    decision: 'CONFIRM',
    limits: {
      max_affected_entities: null,
      min_confidence: null,
      confirmation_window_s: 30,
      confirm_above_entities: null,
      on_elapse: 'proceed',
      window_policy: 'p',
    },
  },
};
const service: Actor = { kind: 'service', service: 'test' };
type IntentOrigin = {
  readonly actor?: Actor;
  readonly requester?: string;
  readonly claimed_by?: string;
  readonly claimed_as?: readonly string[];
};

/** The action of a scene, as somebody asked for it. */
const waiting = (scene: Scene, { actor = service, ...data }: IntentOrigin): ActionState => {
  const [accepted, ...rest] = (
    scene === window ? Life.planned(scene) : new Life().accept(scene).walk(scene).plan()
  ).events;
  const { claimed_by: _claimed, ...nobody } = accepted!.data as IntentAcceptedData;
  const asked = { ...accepted!, data: { ...nobody, ...data } } as ActionEvent;
  return fold(
    actionDecider,
    rest,
    { occurred_at: now },
    fold(actionDecider, [asked], { actor, occurred_at: now }),
  );
};
const approve = (by: string, ...others: readonly string[]): ActionCommand => ({
  kind: 'approve',
  by,
  refused_as: [by, ...others],
  digest: null,
  now,
});
/** An approval names what is asked, so that it is refused for who gives it alone. */
const asRead = (command: ActionCommand, state: ActionState): ActionCommand =>
  command.kind === 'approve' ? { ...command, digest: state.approval?.digest ?? null } : command;
const isRefused = (command: ActionCommand, state: ActionState): boolean => {
  try {
    actionDecider.decide(asRead(command, state), state);
    return false;
  } catch (error) {
    if (!isProblem(error, 'same-person')) throw error;
    return true;
  }
};

describe('four eyes', () => {
  it.each<readonly [string, IntentOrigin, ActionCommand, boolean]>([
    ['who asked', { requester: 'person:ann' }, approve('person:ann'), true],
    [
      'somebody of the name of who asked, known later',
      { requester: 'person:ann', actor: { kind: 'person', person_id: 'ann' } },
      approve('person:ann-2', 'person:ann'),
      true,
    ],
    [
      'somebody of the name of who asked, known before',
      { requester: 'person:ann-2', actor: { kind: 'person', person_id: 'ann-2', namesake_id: 'ann' } },
      approve('person:ann'),
      true,
    ],
    [
      'a third of the name',
      { requester: 'person:ann-2', actor: { kind: 'person', person_id: 'ann-2', namesake_id: 'ann' } },
      approve('person:ann-3', 'person:ann'),
      true,
    ],
    [
      'who is said to have asked, written otherwise',
      { claimed_by: 'person:ANN', claimed_as: ['person:ANN', 'person:ann'] },
      approve('person:ann'),
      true,
    ],
    [
      'the name of the service that asked',
      { requester: 'service:ann' },
      approve('person:ann', 'service:ann'),
      true,
    ],
    [
      'anybody else',
      {
        requester: 'person:ann-2',
        actor: { kind: 'person', person_id: 'ann-2', namesake_id: 'ann' },
        claimed_by: 'person:cid',
      },
      approve('person:bob', 'person:first-bob', 'service:bob'),
      false,
    ],
  ])('are looked for where %s says yes', (_, asked, command, refused) => {
    expect(isRefused(command, waiting({ posture: 'YELLOW' }, asked))).toBe(refused);
  });

  it('are looked for where a window is confirmed or extended, never where an action is stopped', () => {
    const state = waiting(window, { requester: 'person:ann' });
    const by = { by: 'person:ann-2', refused_as: ['person:ann-2', 'person:ann'], now };
    expect([
      isRefused({ kind: 'confirm', digest: state.window!.digest, ...by }, state),
      isRefused({ kind: 'extend', seconds: 60, ...by }, state),
    ]).toEqual([true, true]);
    expect([
      isRefused({ kind: 'reject', ...by }, state),
      isRefused({ kind: 'cancel', ...by }, state),
    ]).toEqual([false, false]);
  });

  it('are two for a second approval, whichever of one name gave the first', () => {
    const state = waiting(two, {});
    const after = (actor: Actor, by: string): ActionState =>
      fold(
        actionDecider,
        actionDecider.decide(asRead(approve(by), state), state),
        { actor, occurred_at: now },
        state,
      );
    expect(after({ kind: 'person', person_id: 'ann' }, 'person:ann')).toMatchObject({
      status: 'AWAITING_APPROVAL',
      approval: { approved_by: ['person:ann'] },
    });
    expect(
      isRefused(
        approve('person:ann-2', 'person:ann'),
        after({ kind: 'person', person_id: 'ann' }, 'person:ann'),
      ),
    ).toBe(true);
    expect(
      isRefused(
        approve('person:ann-3', 'person:ann'),
        after({ kind: 'person', person_id: 'ann-2', namesake_id: 'ann' }, 'person:ann-2'),
      ),
    ).toBe(true);
    expect(
      isRefused(
        approve('person:bob', 'service:bob'),
        after({ kind: 'person', person_id: 'ann-2', namesake_id: 'ann' }, 'person:ann-2'),
      ),
    ).toBe(false);
  });

  it('are looked for by the one key of who says yes where nothing more is known', () => {
    const state = waiting({ posture: 'YELLOW' }, { requester: 'person:ann' });
    expect([
      isRefused({ kind: 'approve', by: 'person:ann', digest: null, now }, state),
      isRefused({ kind: 'approve', by: 'person:bob', digest: null, now }, state),
    ]).toEqual([true, false]);
  });
});
