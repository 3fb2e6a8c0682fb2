import { describe, expect, it } from '@jest/globals';
import { isProblem } from '@interlock/kernel';
import { nextEffect, type ActionCommand } from '../src/index.js';
import { Life, undoPlan } from './life.js';
import { later, looks, now, observation, tx } from './looks.js';

const prepare = (over: Partial<ReturnType<typeof undoPlan>> = {}, at = now): ActionCommand => ({
  kind: 'prepare_rollback',
  by: 'person:p1',
  plan: undoPlan(over),
  now: at,
});
const yes = (life: Life, over: { readonly by?: string; readonly digest?: string | null } = {}, at = now) =>
  life.tell({
    kind: 'approve_rollback',
    by: 'person:p1',
    digest: life.state.rollback?.digest ?? null,
    now: at,
    ...over,
  });
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'nothing';
  } catch (error) {
    return isProblem(error) ? error.code : String(error);
  }
};
const typesOf = (events: readonly { readonly type: string }[]): readonly string[] =>
  events.map(({ type }) => type);
describe('the rollback of a completed action', () => {
  it('is shown first, waits for a yes to what was shown, and goes through gates 1, 6, 11 and 12', () => {
    const life = Life.completed();
    expect(nextEffect(life.state, now)).toEqual({ kind: 'none' });
    expect(typesOf(life.tell(prepare()))).toEqual(['RollbackPrepared']);
    expect(life.tell(prepare())).toEqual([]);
    expect(nextEffect(life.state, now)).toEqual({ kind: 'none' });
    expect(typesOf(yes(life))).toEqual(['RollbackApproved']);
    expect(nextEffect(life.state, now)).toEqual({ kind: 'look_back', look: 'first' });
    life.lookBack('first');
    expect(life.types.slice(-2)).toEqual(['RollbackJudged', 'ReservationRequested']);
    expect(nextEffect(life.state, now)).toEqual({ kind: 'reserve' });
    life.reserve();
    expect(life.types.at(-1)).toBe('ReservationGranted');
    expect(nextEffect(life.state, now)).toEqual({ kind: 'look_back', look: 'last' });
    life.lookBack('last');
    expect(life.types.slice(-2)).toEqual(['RollbackJudged', 'RollbackStarted']);
    expect(life.state).toMatchObject({ status: 'ROLLING_BACK', rollback: { status: 'started' } });
    expect(nextEffect(life.state, now)).toEqual({ kind: 'take_back' });
  });

  it.each([
    ['ROLLED_BACK', 'ActionRolledBack', 'taken_back'],
    ['ROLLBACK_FAILED', 'ActionRollbackFailed', 'unknown'],
  ] as const)('ends a second time where the handler says %s', (state, type, effect) => {
    const life = Life.takingBack();
    expect(life.tell({ kind: 'record_rollback', status: tx('OBSERVED'), now })).toEqual([]);
    const [end] = life.tell({ kind: 'record_rollback', status: tx(state), now: later(9) });
    expect(end).toMatchObject({ type, data: { sequence: 2, cause: 'operator' } });
    expect(life.state).toMatchObject({ status: state, effect, rollback: { status: 'done' } });
    expect(nextEffect(life.state, now)).toEqual({ kind: 'release' });
    life.tell({ kind: 'record_release', now });
    expect(nextEffect(life.state, now)).toEqual({ kind: 'none' });
  });

  it('leaves the action completed where the handler sent nothing, and another yes may follow', () => {
    const life = Life.takingBack();
    const request = life.state.rollback?.request_id ?? '';
    const refused = { undo_refused: request, reasons: [{ code: 'leaves-changed', detail: 'by others' }] };
    expect(life.tell({ kind: 'record_rollback', status: tx('CONFIRMED'), now })).toEqual([]);
    life.tell({ kind: 'record_rollback', status: tx('CONFIRMED', refused), now });
    expect(life.state).toMatchObject({
      status: 'COMPLETED',
      effect: 'applied',
      rollback: { status: 'refused', reasons: refused.reasons },
    });
    life.tell({ kind: 'record_release', now });
    expect(typesOf(life.tell(prepare()))).toEqual(['RollbackPrepared']);
    yes(life, {}, later(1));
    expect(life.state.rollback?.request_id).not.toBe(request);
  });

  it('is refused where it cannot be undone', () => {
    expect(codeOf(() => Life.executing().tell(prepare()))).toBe('wrong-state');
    expect(codeOf(() => Life.completedOf({ reversible: false }).tell(prepare()))).toBe('undo-impossible');
    expect(codeOf(() => Life.completedOf({ read_only: true }).tell(prepare()))).toBe('undo-impossible');
    expect(codeOf(() => Life.completedOf({ handler: null }).tell(prepare()))).toBe('undo-impossible');
    const limited = Life.completedOf({ undo_within_s: 60 });
    expect(codeOf(() => limited.tell(prepare({}, later(61))))).toBe('undo-impossible');
    expect(typesOf(limited.tell(prepare({}, later(60))))).toEqual(['RollbackPrepared']);
    const quarantined = { violations: [{ code: 'device-quarantined', detail: 'in quarantine' }] };
    expect(codeOf(() => Life.completed().tell(prepare(quarantined)))).toBe('undo-impossible');
  });

  it('is refused where its leaves were changed since, at the showing and at the last look', () => {
    const changed = { violations: [{ code: 'leaves-changed', detail: 'it is `3`' }] };
    expect(codeOf(() => Life.completed().tell(prepare(changed)))).toBe('leaves-changed');
    for (const plan of [undoPlan(changed), undoPlan({ leaves_fingerprint: 'other' }), null]) {
      const life = Life.completed().askedBack().lookBack('first').reserve().lookBack('last', {}, plan);
      expect(life.events.at(-1)).toMatchObject({ type: 'RollbackRefused', data: { cause: 'changed' } });
      expect(life.state.status).toBe('COMPLETED');
    }
  });

  it('is refused where it touches more at the last look than was reserved for it', () => {
    const last = (affected: number): Life =>
      Life.completed()
        .askedBack()
        .lookBack('first')
        .reserve()
        .lookBack('last', { intent: { affected_entity_count: affected } });
    expect(last(3).types.at(-1)).toBe('RollbackStarted');
    const life = last(4);
    expect(life.types.slice(-2)).toEqual(['RollbackJudged', 'RollbackRefused']);
    expect(life.events.at(-1)).toMatchObject({
      data: { cause: 'changed', reasons: [{ code: 'changed-blast-radius' }] },
    });
    expect(life.state.status).toBe('COMPLETED');
  });

  it('needs the yes of another person than who requested the action, to the digest that was shown, in time', () => {
    const life = Life.completed();
    expect(codeOf(() => yes(life))).toBe('wrong-state');
    life.tell(prepare());
    expect(codeOf(() => yes(life, { by: 'person:claimed' }))).toBe('same-person');
    expect(codeOf(() => yes(life, { digest: 'other' }))).toBe('approval-mismatch');
    expect(codeOf(() => yes(life, { digest: null }))).toBe('digest-required');
    expect(codeOf(() => yes(life, {}, later(3600)))).toBe('wrong-state');
    expect(typesOf(yes(life))).toEqual(['RollbackApproved']);
    expect(yes(life)).toEqual([]);
    expect(codeOf(() => yes(life, { digest: 'other' }))).toBe('approval-mismatch');
    expect(codeOf(() => yes(life, { digest: null }))).toBe('digest-required');
    expect(codeOf(() => life.tell(prepare()))).toBe('wrong-state');
  });

  it.each(['first', 'last'] as const)('meets the kill switch and the blast radius at its %s look', (look) => {
    const before = (): Life => {
      const life = Life.completed().askedBack();
      return look === 'first' ? life : life.lookBack('first').reserve();
    };
    for (const scene of [{ engaged: true }, { intent: { affected_entity_count: 11 } }])
      expect(before().lookBack(look, scene).events.at(-1)).toMatchObject({
        type: 'RollbackRefused',
        data: { cause: 'gate' },
      });
    const blind = before();
    blind.tell({
      kind: 'record_rollback_look',
      look,
      gates: looks().filter(({ gate }) => gate === 'kill_switch'),
      plan: undoPlan(),
      now,
    });
    expect(blind.events.at(-1)).toMatchObject({
      type: 'RollbackRefused',
      data: { reasons: [{ code: 'gate-error', gate: 'blast_radius' }] },
    });
  });

  it('is stopped by a kill switch, by a cancel and by its time as long as nothing was sent, and by none of them then', () => {
    const stop: ActionCommand = {
      kind: 'stop_by_kill_switch',
      reasons: [{ code: 'kill-switch-engaged', detail: 'engaged' }],
      rollback_in_flight: true,
      now,
    };
    const cancel: ActionCommand = { kind: 'cancel', by: 'person:p2', now };
    const late: ActionCommand = { kind: 'tick', now: later(301) };
    const waiting = (): Life => Life.completed().askedBack().lookBack('first');
    expect(waiting().tell(stop)).toMatchObject([{ data: { cause: 'kill_switch' } }]);
    expect(waiting().tell(cancel)).toMatchObject([{ data: { cause: 'cancelled' } }]);
    expect(waiting().tell(late)).toMatchObject([{ data: { cause: 'expired' } }]);
    expect(nextEffect(waiting().state, later(301))).toEqual({ kind: 'expire' });
    for (const command of [stop, late]) expect(Life.takingBack().tell(command)).toEqual([]);
    expect(Life.completed().tell(stop)).toEqual([]);
  });
});

describe('what an action has left outside', () => {
  const effectOf = (life: Life): unknown => life.state.effect;
  const transaction = (life: Life, ...statuses: readonly ReturnType<typeof tx>[]): Life => {
    for (const status of statuses) life.tell({ kind: 'record_transaction', status, now });
    return life;
  };
  const bad = tx('OBSERVED', { observation: observation(5) });

  it('is told apart: nothing sent, refused by the device, applied, taken back, not known', () => {
    expect(effectOf(Life.executing())).toBeNull();
    expect(effectOf(Life.completed())).toBe('applied');
    expect(effectOf(new Life().accept().walk({ posture: 'RED' }))).toBe('none');
    expect(effectOf(transaction(Life.executing(), tx('TENTATIVE'), bad, tx('ROLLED_BACK')))).toBe(
      'taken_back',
    );
    expect(effectOf(transaction(Life.executing(), tx('TENTATIVE'), bad, tx('ROLLBACK_FAILED')))).toBe(
      'unknown',
    );
    expect(effectOf(transaction(Life.executing(), tx('FAILED')))).toBe('refused');
    const refusedBy = (code: string): Life => {
      const life = Life.executing();
      life.tell({ kind: 'record_refusal', reasons: [{ code, detail: code }], now });
      return life;
    };
    expect(effectOf(refusedBy('device-refused'))).toBe('refused');
    expect(effectOf(refusedBy('kill-switch-engaged'))).toBe('none');
  });
});
