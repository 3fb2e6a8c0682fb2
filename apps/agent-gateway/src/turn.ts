import { planOf } from '@interlock/agents';
import { defaults } from '@interlock/contracts';
import { readAction } from '@interlock/executor';
import { ProblemError, uuidV5 } from '@interlock/kernel';
import { bodyOf, hasStep, type Call, type CallAt, type CallTools, type HeldPlace } from './call-context.js';
import { endpointKey } from './handler-client.js';

/** Whether the action's own stream still asks for this very turn. */
const isAskedFor = async (tools: CallTools, call: Call, requestId: string): Promise<boolean> => {
  const { turn, ended } = await readAction(tools.store, call.tenant_id, call.action_id);
  return !ended && turn?.request_id === requestId;
};

const movedOn = {
  kind: 'RecordLapse',
  reasons: [{ code: 'action-moved-on', detail: 'the action does not ask for this turn any more' }],
} as const;

/** Waits for a place within the endpoint's limit of calls, and plans what would be sent. Undefined where the turn came to another end, or no place is free yet. */
export const takeTurn = async (
  tools: CallTools,
  call: Call,
  { state, revision }: CallAt,
): Promise<HeldPlace | undefined> => {
  const asked = state.turn;
  if (asked === null) return undefined;
  if (!(await isAskedFor(tools, call, asked.request_id))) {
    await call.record(movedOn, revision);
    return undefined;
  }
  if (!(await tools.mayRun(call.tenant_id, call.intent.intent_id, call.action_id))) {
    await call.wait(1000, true);
    return undefined;
  }
  const release = tools.places.take(
    endpointKey(call.tenant_id, call.type, 'apply'),
    call.type.handler?.endpoint?.max_calls ?? 0,
  );
  if (release === undefined) {
    await call.wait(100, true);
    return undefined;
  }
  let isHeld = false;
  try {
    const planned = hasStep(call, 'plan')
      ? await tools.client.call({
          step: 'plan',
          tenant_id: call.tenant_id,
          type: call.type,
          request_id: uuidV5(asked.request_id, 'plan'),
          body: bodyOf(call),
          signal: call.signal,
        })
      : null;
    if (planned !== null && planned.kind !== 'answered')
      throw new ProblemError('handler-unreachable', `the handler gave no plan: ${planned.detail}`);
    const plan = planOf(
      call.type,
      {
        action_id: call.action_id,
        entity_id: call.intent.entity_id,
        parameters: call.intent.parameters,
      },
      planned?.answer ?? null,
    );
    if (plan.violations.length > 0) {
      await call.record(
        { kind: 'RefuseApply', request_id: asked.request_id, reasons: plan.violations },
        revision,
      );
      return undefined;
    }
    const sent = performance.now();
    await call.record(
      {
        kind: 'RecordTurn',
        turn: asked.turn,
        instance: tools.instance,
        plan_hash: plan.plan_hash,
        diff: plan.diff,
      },
      revision,
    );
    isHeld = true;
    return {
      turn: asked.turn,
      release,
      taken_at: sent,
      apply_sent_at: sent,
      apply_sent_here: false,
      written: false,
    };
  } finally {
    if (!isHeld) release();
  }
};

const lookEveryMs = 500;

/** Waits for `apply` with the place held, no longer than a turn is good. */
export const awaitApply = async (tools: CallTools, call: Call, held: HeldPlace): Promise<void> => {
  for (;;) {
    const looked = performance.now();
    const { state, revision } = await call.now();
    if (state.phase !== 'turn_taken' || state.turn === null) return;
    // INVARIANT: only a state that was read after `looked` says that the append of the apply was not sent before it.
    if (!held.apply_sent_here) held.apply_sent_at = looked;
    const left = defaults.turn_valid_ms - (performance.now() - held.taken_at);
    if (left <= 0) {
      const detail = `nobody started the execution within ${defaults.turn_valid_ms / 1000} s of its turn`;
      await call.record({ kind: 'RecordLapse', reasons: [{ code: 'turn-unused', detail }] }, revision);
      return;
    }
    if (!(await isAskedFor(tools, call, state.turn.request_id))) {
      await call.record(movedOn, revision);
      return;
    }
    await call.wait(Math.min(lookEveryMs, left), true);
  }
};

/** A turn, or an execution under it, that this process does not hold: whoever held it may be alive and has what is left of its time, then it lapses. It is never gone on with. */
export const lapseAbandoned = async (
  tools: CallTools,
  call: Call,
  { state, revision }: CallAt,
): Promise<void> => {
  const taken = state.turn?.taken;
  const until =
    performance.now() +
    (taken === null || taken === undefined || taken.instance === tools.instance
      ? 0
      : defaults.turn_valid_ms + defaults.kill_switch_lease_ms);
  while (performance.now() < until) {
    await call.wait(Math.min(lookEveryMs, Math.max(1, until - performance.now())), true);
    if ((await call.now()).revision !== revision) return;
  }
  await call.record(
    {
      kind: 'RecordLapse',
      reasons: [
        { code: 'executor-gone', detail: 'who held the turn is gone, and nothing was sent under it' },
      ],
    },
    revision,
  );
};
