import {
  answerOf,
  budgetDayDecider,
  budgetDayStream,
  budgetDecider,
  budgetStream,
  limitsOn,
  modeDecider,
  modeStream,
} from '@interlock/autonomy';
import type { Actor } from '@interlock/contracts';
import { uuidV5 } from '@interlock/kernel';
import { actionDecider, leaseDecider, leaseOf, type ActionCommand, type ActionState } from '@interlock/rails';
import { type Answer, type Journal, tenant, service, person } from './journal.ts';

/** A running action, which has its next step at `until`. */
export type RunningAction = { readonly id: string; readonly stream: string; until: number };

/** A command to an action, from the rails unless another actor is given. */
export const command = (
  log: Journal,
  stream: string,
  told: ActionCommand,
  by: Actor = service('safety-rails'),
): void => log.tell(stream, actionDecider, told, by);

/** Numbers with which somebody answers so, whatever is requested. */
const answers: { readonly [answer in Answer]: number } = {
  reject: 0.05,
  cancel: 0.15,
  extend: 0.25,
  approve: 0.55,
  nothing: 0.9,
};

/** A random person makes a random decision about an action that waits. */
export const actAsPerson = (
  log: Journal,
  one: RunningAction,
  state: ActionState,
  until: string | null,
): void => {
  one.until = until === null ? log.now + 60_000 : Date.parse(until);
  const dice = log.answer === null ? log.random() : answers[log.answer];
  const by = (name: string): { readonly by: string; readonly now: string } => ({
    by: `person:${uuidV5('person', name)}`,
    now: log.at,
  });
  const asked = state.approval !== null && state.status === 'AWAITING_APPROVAL';
  if (dice < 0.1) command(log, one.stream, { kind: 'reject', ...by('carl'), comment: null }, person('carl'));
  else if (dice < 0.2)
    command(log, one.stream, { kind: 'cancel', ...by('carl'), comment: 'not now' }, person('carl'));
  else if (dice < 0.3 && !asked)
    command(log, one.stream, { kind: 'extend', ...by('dora'), seconds: 30 }, person('dora'));
  else if (dice < 0.8 && asked) {
    const name = state.approval!.approved_by.length === 0 ? 'dora' : 'emil';
    command(log, one.stream, { kind: 'approve', ...by(name), digest: state.approval!.digest }, person(name));
    one.until = 0;
  } else if (dice < 0.6)
    command(
      log,
      one.stream,
      { kind: 'confirm', ...by('dora'), digest: state.window?.digest ?? null },
      person('dora'),
    );
  if (dice < 0.3) one.until = 0;
  if (log.answer === 'extend') log.answer = 'nothing';
};

/** Requests the leases that the action needs, and gives it the result. */
export const reserve = (log: Journal, one: RunningAction, state: ActionState): void => {
  const stream = `lease-${tenant}:all`;
  const { keys, wait_expires_at, status } = state.reservation!;
  log.tell(
    stream,
    leaseDecider,
    {
      kind: 'reserve',
      action_id: one.id,
      keys,
      now: log.at,
      wait_expires_at,
      lease_expires_at: new Date(log.now + 6 * 3_600_000).toISOString(),
    },
    service('safety-rails'),
  );
  const leases = log.state(stream, leaseDecider as never) as unknown as Parameters<typeof leaseOf>[0];
  const lease = leaseOf(leases, one.id, log.at);
  if (lease !== undefined)
    return command(log, one.stream, {
      kind: 'record_reservation',
      granted: { fencing: lease.fencing, expires_at: lease.expires_at },
      held_by: [],
      now: log.at,
    });
  if (status !== 'waiting')
    command(log, one.stream, {
      kind: 'record_reservation',
      granted: null,
      held_by: leases.held
        .filter((held) => held.keys.some((key) => keys.includes(key)))
        .map(({ action_id }) => action_id),
      now: log.at,
    });
  one.until = log.now + 500;
};

/** Consumes the action's share of the day's budget. */
export const consume = (log: Journal, state: ActionState): NonNullable<ReturnType<typeof answerOf>> => {
  const [{ intent, action_id }, { day }] = [state.accepted!, state.budget!];
  const stream = budgetDayStream(tenant, intent.account_id, day);
  const zone = (log.state(modeStream(tenant), modeDecider as never) as { readonly time_zone: string })
    .time_zone;
  const { limit, type_limit } = limitsOn(
    log.state(budgetStream(tenant, intent.account_id), budgetDecider as never),
    intent.action_type,
    day,
    null,
    zone,
  );
  log.tell(
    stream,
    budgetDayDecider,
    { kind: 'Consume', action_id, action_type: intent.action_type, limit, type_limit },
    service('safety-rails'),
  );
  return answerOf(log.state(stream, budgetDayDecider as never), action_id, day)!;
};
