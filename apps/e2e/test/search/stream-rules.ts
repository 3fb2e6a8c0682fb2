import { isSamePerson, refusalKeys, type Timestamp } from '@interlock/contracts';
import type { BudgetDayEvent } from '@interlock/autonomy';
import type { KillSwitchEvent, LeaseEvent } from '@interlock/rails';
import { must, type Ghost } from './machine.js';

/** One day of a budget: each action's share, and the events as written. */
export type BudgetGhost = {
  readonly events: readonly BudgetDayEvent[];
  readonly actions: { readonly [actionId: string]: 'consumed' | 'refused' | 'returned' | 'barred' };
};

export const budgetRules: Ghost<BudgetDayEvent, BudgetGhost> = {
  initial: { events: [], actions: {} },
  next: (ghost, events) =>
    events.reduce(({ events: before, actions }, event) => {
      const id = event.data.action_id;
      const known = actions[id];
      const all = [...before, event];
      if (event.type === 'BudgetGivenBack') {
        const had = known === 'consumed';
        must(event.data.consumed === had, 'rule 3: what is given back was consumed');
        must(known === undefined || had, 'rule 3: a consumption is given back once');
        return { events: all, actions: { ...actions, [id]: had ? 'returned' : 'barred' } };
      }
      must(known === undefined, 'rule 3: an action is answered once');
      if (event.type === 'BudgetRefused') return { events: all, actions: { ...actions, [id]: 'refused' } };
      const used = Object.values(actions).filter((one) => one === 'consumed').length;
      must(used + 1 <= event.data.limit, 'rule 3: a budget is never overspent');
      must(
        event.data.type_limit === null || used + 1 <= event.data.type_limit,
        "rule 3: a type's budget is never overspent",
      );
      return { events: all, actions: { ...actions, [id]: 'consumed' } };
    }, ghost),
};

export type LeaseGhost = { readonly events: readonly LeaseEvent[]; readonly times: readonly Timestamp[] };
type Held = {
  readonly revision: number;
  readonly id: string;
  readonly keys: readonly string[];
  readonly until: string;
};

/** The leases held at a time, from the stream's events. */
export const heldAt = ({ events }: LeaseGhost, at: Timestamp): readonly Held[] =>
  events
    .reduce<readonly Held[]>((held, { type, data }, revision) => {
      const others = held.filter(({ id }) => id !== data.action_id);
      if (type === 'LeaseGranted')
        return [...others, { revision, id: data.action_id, keys: data.keys, until: data.expires_at }];
      if (type !== 'LeaseReleased') return held;
      return data.fencing === undefined ? others : held.filter((one) => `${one.revision}` !== data.fencing);
    }, [])
    .filter(({ until }) => until > at);

/** The part of the hour's blast radius that counts at a time. */
const takenAt = ({ events }: LeaseGhost, at: Timestamp, own: string): number => {
  const taken = new Map<string, { readonly units: number; readonly until: string }>();
  for (const { type, data } of events)
    if (type === 'LeaseGranted' && data.blast !== undefined) taken.set(data.action_id, data.blast);
    else if (type === 'LeaseReleased' && data.unused === true) taken.delete(data.action_id);
  return [...taken]
    .filter(([id, { until }]) => id !== own && until > at)
    .reduce((sum, [, { units }]) => sum + units, 0);
};

export const leaseRules: Ghost<LeaseEvent, LeaseGhost> = {
  initial: { events: [], times: [] },
  next: (ghost, events, { at }) =>
    events.reduce((before, event) => {
      if (event.type === 'LeaseGranted') {
        const { action_id: own, keys, blast } = event.data;
        const others = heldAt(before, at).filter(({ id }) => id !== own);
        must(
          others.every((other) => !other.keys.some((key) => keys.includes(key))),
          'what an action has reserved no other one gets',
        );
        if (blast !== undefined)
          must(
            takenAt(before, at, own) + blast.units <= blast.limit,
            "the hour's blast radius has room for what is reserved",
          );
      }
      return { events: [...before.events, event], times: [...before.times, at] };
    }, ghost),
};

export type SwitchGhost = {
  readonly engaged: boolean;
  readonly rollback: boolean;
  readonly acknowledged: boolean;
  readonly last: KillSwitchEvent | null;
  readonly asked: { readonly as: readonly string[]; readonly expires: Timestamp } | null;
};

/** The rules of a kill switch whose release takes two people. */
export const switchRules: Ghost<KillSwitchEvent, SwitchGhost> = {
  initial: { engaged: false, rollback: false, acknowledged: false, last: null, asked: null },
  next: (ghost, events, { at, actor }) =>
    events.reduce((before, event): SwitchGhost => {
      const last = event;
      switch (event.type) {
        case 'KillSwitchEngaged':
          must(
            !before.engaged || before.asked !== null || (event.data.rollback_in_flight && !before.rollback),
            'an engaged switch is engaged again only to withdraw a request, or to take back',
          );
          return {
            engaged: true,
            rollback: event.data.rollback_in_flight,
            acknowledged: false,
            last,
            asked: null,
          };
        case 'KillSwitchAcknowledged':
          must(before.engaged && !before.acknowledged, 'a stop is acknowledged once');
          return { ...before, acknowledged: true, last };
        case 'KillSwitchReleaseRequested':
          must(before.engaged, 'what is not engaged needs no release');
          must(
            before.asked === null || at >= before.asked.expires,
            'a release that is asked for is not asked for again',
          );
          return { ...before, last, asked: { as: refusalKeys(actor), expires: event.data.expires_at } };
        case 'KillSwitchReleased':
          must(before.asked !== null, 'a release takes two people');
          must(at < (before.asked?.expires ?? ''), 'a request for a release expires');
          must(
            !isSamePerson(refusalKeys(actor), before.asked?.as ?? []),
            'a release takes two different people',
          );
          return { engaged: false, rollback: false, acknowledged: false, last, asked: null };
        case 'KillSwitchListed':
          return { ...before, last };
      }
    }, ghost),
};
