import { describe, expect, it } from '@jest/globals';
import { defaults } from '@interlock/contracts';
import { fold, given } from '@interlock/kernel';
import {
  boundedReceipt,
  executorDecider,
  executorsAsked,
  isEngagedAfter,
  killSwitchDecider,
  killSwitchStream,
  listedAfter,
  listedStreams,
  listsSites,
  receiptActionsAtMost,
  type ExecutorEvent,
  type KillSwitchCommand,
  type KillSwitchEvent,
  type ReceiptData,
} from '../src/index.js';
import { later, now } from './looks.js';

const target = { scope: 'agent', tenant_id: 'demo', action_type: null, agent: 'ran-optimizer' } as const;
const engage: KillSwitchCommand = { kind: 'engage', ...target, reason: 'x', rollback_in_flight: true };
type Release = Extract<KillSwitchCommand, { readonly kind: 'release' }>;
const release = (who: string, at = now, people: 1 | 2 = 2): Release => ({
  kind: 'release',
  ...target,
  reason: 'over',
  people,
  by: `person:${who}`,
  refused_as: [`person:${who}`],
  now: at,
});
const engaged = killSwitchDecider.decide(engage, killSwitchDecider.initial);
const asked = [...engaged, ...killSwitchDecider.decide(release('ann'), fold(killSwitchDecider, engaged))];
const after = (events: readonly KillSwitchEvent[], command: KillSwitchCommand): readonly KillSwitchEvent[] =>
  given(killSwitchDecider, events).when(command).events;

describe('the release of a kill switch', () => {
  it('is asked for by one person and done by another, whose event names both', () => {
    expect(asked.map(({ type }) => type)).toEqual(['KillSwitchEngaged', 'KillSwitchReleaseRequested']);
    const { events, state } = given(killSwitchDecider, asked).when(release('ben'));
    expect(events).toEqual([
      { type: 'KillSwitchReleased', data: { ...target, reason: 'over', requested_by: 'person:ann' } },
    ]);
    expect(state.engaged).toBe(false);
  });
  it("says nothing at the same person's second call, and leaves the switch engaged", () => {
    expect(after(asked, release('ann'))).toEqual([]);
    expect(fold(killSwitchDecider, asked).engaged).toBe(true);
  });
  it('is void after a second stop, so that it takes two people anew', () => {
    const stopped = [...asked, ...after(asked, engage)];
    expect(stopped.at(-1)?.type).toBe('KillSwitchEngaged');
    expect(fold(killSwitchDecider, stopped).release).toBeUndefined();
    expect(after(stopped, release('ben')).map(({ type }) => type)).toEqual(['KillSwitchReleaseRequested']);
    expect(after(stopped, engage)).toEqual([]);
  });
  it('expires with the time of an approval, to the millisecond: then it is asked for anew', () => {
    const types = (at: string): readonly string[] => after(asked, release('ben', at)).map(({ type }) => type);
    const expiry = Date.parse(now) + defaults.approval_expiry_s * 1000;
    expect(types(new Date(expiry - 1).toISOString())).toEqual(['KillSwitchReleased']);
    expect(types(new Date(expiry).toISOString())).toEqual(['KillSwitchReleaseRequested']);
  });
  it('takes one person where there is a sole operator', () => {
    expect(after(engaged, release('ann', now, 1))).toEqual([
      { type: 'KillSwitchReleased', data: { ...target, reason: 'over' } },
    ]);
  });
  it('says nothing where nothing is engaged, and carries nothing of the engagement', () => {
    expect(after([], release('ann'))).toEqual([]);
    const stray = { ...release('ann', now, 1), rollback_in_flight: true };
    expect(JSON.stringify(after(engaged, stray))).not.toContain('rollback_in_flight');
  });
  it('by two names who asks and when', () => {
    const nobody: KillSwitchCommand = { kind: 'release', ...target, reason: 'over', people: 2 };
    expect(given(killSwitchDecider, engaged).when(nobody).error).toMatchObject({ code: 'internal-error' });
  });
  it('is forgotten when the switch is engaged anew', () => {
    const again = [...asked, ...after(asked, release('ben'))];
    expect(after([...again, ...after(again, engage)], release('cleo')).map(({ type }) => type)).toEqual([
      'KillSwitchReleaseRequested',
    ]);
  });
});

describe('switches of an account, an agent or a site', () => {
  const stream = killSwitchStream('site', 'demo', 'berlin-1');
  const listed = killSwitchDecider.decide({ kind: 'list', stream }, killSwitchDecider.initial);

  it("are listed on the tenant's own stream once, and stay so over its uses", () => {
    expect(listed).toEqual([
      { type: 'KillSwitchListed', data: { stream, listed: [stream], engaged: false } },
    ]);
    expect(after(listed, { kind: 'list', stream })).toEqual([]);
    const used = [...listed, ...after(listed, { ...engage, ...target })];
    const over = [...used, ...after(used, release('ann', now, 1))];
    for (const event of over) expect(listedAfter(event)).toEqual([stream]);
    expect(listedAfter(undefined)).toEqual([]);
  });
  it('listing one releases nothing: the event says whether the own switch is engaged', () => {
    const [event] = after(engaged, { kind: 'list', stream });
    expect(event).toMatchObject({ data: { engaged: true } });
    expect(isEngagedAfter(event!)).toBe(true);
    expect(isEngagedAfter(listed[0]!)).toBe(false);
    expect(isEngagedAfter({ type: 'KillSwitchPaused', data: {} })).toBe(true);
  });
  it('stop what they name, and an action without a site by none of a site', () => {
    const all = (['account=ran', 'agent=bot', 'site=berlin-1'] as const).map(
      (id) => `kill_switch-demo:${id}`,
    );
    const subject = { tenant_id: 'demo', action_type: 'x', account_id: 'ran', agent: 'bot' };
    expect(listedStreams(all, { ...subject, site_id: 'berlin-1' })).toEqual(all);
    expect(listedStreams(all, { ...subject, site_id: null })).toEqual(all.slice(0, 2));
    expect(listedStreams(all, { ...subject, agent: 'other', site_id: 'hamburg-2' })).toEqual([all[0]]);
    expect(listedStreams(all, { ...subject, tenant_id: 'acme', site_id: 'berlin-1' })).toEqual([]);
    expect([listsSites(all), listsSites(all.slice(0, 2))]).toEqual([true, false]);
    // A site may be called as nothing is: an action without a site is not there.
    const odd = [killSwitchStream('site', 'demo', 'null')];
    expect(listedStreams(odd, { ...subject, agent: 'other', account_id: 'other', site_id: null })).toEqual(
      [],
    );
  });
});

describe('the acknowledgement', () => {
  const receipt: ReceiptData = {
    acknowledged_by: 'time',
    executors: [],
    cancelled: Array.from({ length: receiptActionsAtMost + 1 }, (_, i) => ({
      tenant_id: 'demo',
      action_id: `a-${i}`,
      state: 'CANCELLED',
    })),
    cancelled_count: receiptActionsAtMost + 1,
    in_flight: [],
    in_flight_count: 0,
    not_notified: [],
    complete: true,
    rollback_in_flight: false,
    drill: true,
    time_to_stop_ms: 2250,
  };
  it('is recorded once for a use, and for none that is over', () => {
    const acknowledge: KillSwitchCommand = { kind: 'acknowledge', receipt };
    const once = after(engaged, acknowledge);
    expect(once).toEqual([{ type: 'KillSwitchAcknowledged', data: receipt }]);
    expect(after([...engaged, ...once], acknowledge)).toEqual([]);
    expect(after([], acknowledge)).toEqual([]);
    expect(isEngagedAfter(once[0]!)).toBe(true);
  });
  it('fits into an event: its lists are cut, its counts are not', () => {
    const { cancelled, cancelled_count } = boundedReceipt(receipt);
    expect([cancelled.length, cancelled_count]).toEqual([receiptActionsAtMost, receiptActionsAtMost + 1]);
  });
  it('of a drill belongs to a use that says so', () => {
    expect(after([], { ...engage, drill: true })).toMatchObject([{ data: { drill: true } }]);
    expect(JSON.stringify(engaged)).not.toContain('drill');
  });
});

describe('a drill', () => {
  const stop = { kind: 'engage', ...target, reason: 'it is real', rollback_in_flight: true } as const;
  const drill: KillSwitchCommand = { ...stop, reason: 'drill', drill: true };
  const endOf = (people: 1 | 2): KillSwitchCommand => ({ ...release('ann', now, people), drill: true });
  const refused = (events: readonly KillSwitchEvent[], command: KillSwitchCommand): unknown =>
    given(killSwitchDecider, events).when(command).error;
  const all = (...commands: readonly KillSwitchCommand[]): readonly KillSwitchEvent[] =>
    commands.reduce<readonly KillSwitchEvent[]>(
      (events, command) => [...events, ...after(events, command)],
      [],
    );

  it('is replaced by a stop, which its end does not release', () => {
    const events = all(drill, stop);
    expect(events).toMatchObject([{ data: { drill: true } }, { data: { reason: 'it is real' } }]);
    expect(events[1]!.data).not.toHaveProperty('drill');
    expect(refused(events, endOf(1))).toMatchObject({ code: 'wrong-state' });
    expect(after(events, release('ann', now, 1))).toMatchObject([{ type: 'KillSwitchReleased' }]);
  });

  it('never replaces a stop, nor ends one or the request for its release', () => {
    expect(all(stop, drill)).toHaveLength(1);
    expect(refused(all(stop, drill), endOf(1))).toMatchObject({ code: 'wrong-state' });
    const asked = all(stop, release('ann'));
    expect(after(asked, drill)).toEqual([]);
    expect(refused(asked, endOf(2))).toMatchObject({ code: 'wrong-state' });
  });

  it('ends with a release of its own, and a stop meanwhile withdraws the request for it', () => {
    expect(all(drill, endOf(1))).toMatchObject([{}, { type: 'KillSwitchReleased' }]);
    const asked = all(drill, endOf(2));
    expect(asked.at(-1)).toMatchObject({ type: 'KillSwitchReleaseRequested' });
    expect(after(asked, stop)).toMatchObject([{ type: 'KillSwitchEngaged', data: { reason: 'it is real' } }]);
    expect(after(asked, drill)).toMatchObject([{ type: 'KillSwitchEngaged', data: { drill: true } }]);
    expect(after([], endOf(1))).toEqual([]);
  });
});

describe('a second stop', () => {
  const stop = (rollback_in_flight: boolean): KillSwitchCommand => ({ ...engage, rollback_in_flight });
  it('is recorded if it is the first to take back what is in flight', () => {
    const events = after([], stop(false));
    expect(after(events, stop(false))).toEqual([]);
    const both = [...events, ...after(events, stop(true))];
    expect(both).toMatchObject([
      { data: { rollback_in_flight: false } },
      { data: { rollback_in_flight: true } },
    ]);
    expect(after(both, stop(true))).toEqual([]);
    expect(after(both, stop(false))).toEqual([]);
  });
});

describe('executors', () => {
  const me = { service: 'netconf-gateway', instance: 'n-1' };
  const use = { stream: 'kill_switch-demo:tenant', revision: '4' };
  const registered = executorDecider.decide({ kind: 'register', ...me, now }, executorDecider.initial);
  const state = (events: readonly ExecutorEvent[]) => fold(executorDecider, events, { occurred_at: now });
  const answer = (events: readonly ExecutorEvent[], revision: string): readonly ExecutorEvent[] =>
    executorDecider.decide({ kind: 'answer', ...me, ...use, revision }, state(events));

  it('are asked as long as they are registered, to the millisecond', () => {
    const ms = defaults.executor_registration_s * 1000;
    const at = (offset: number): string => new Date(Date.parse(now) + offset).toISOString();
    expect(executorsAsked(state(registered), use, at(ms - 1))).toEqual([{ ...me, answered: false }]);
    expect(executorsAsked(state(registered), use, at(ms))).toEqual([]);
    const left = executorDecider.decide({ kind: 'leave', ...me }, state(registered));
    expect(executorsAsked(state([...registered, ...left]), use, now)).toEqual([]);
    expect(executorDecider.decide({ kind: 'leave', ...me }, executorDecider.initial)).toEqual([]);
  });
  it.each([
    ['3', false],
    ['4', true],
    ['5', true],
  ])('having answered revision %s of the switch, have answered revision 4: %s', (revision, answered) => {
    const events = [...registered, ...answer(registered, revision)];
    expect(executorsAsked(state(events), use, now)).toEqual([{ ...me, answered }]);
    expect(answer(events, revision)).toEqual([]);
  });
  it('keep their answers when they register anew; who is not registered answers nothing', () => {
    const events = [...registered, ...answer(registered, '4')];
    const renewed = executorDecider.decide({ kind: 'register', ...me, now: later(60) }, state(events));
    expect(executorsAsked(state([...events, ...renewed]), use, later(60))).toEqual([
      { ...me, answered: true },
    ]);
    expect(executorDecider.decide({ kind: 'answer', ...me, ...use }, executorDecider.initial)).toEqual([]);
  });
  it('that expired are dropped when another one registers', () => {
    const late = later(defaults.executor_registration_s);
    const other = executorDecider.decide(
      { kind: 'register', service: 'posture', instance: 'p-1', now: late },
      state(registered),
    );
    expect(fold(executorDecider, other, { occurred_at: late }, state(registered)).registered).toMatchObject([
      { service: 'posture' },
    ]);
  });
});

describe('the list of a tenant’s switches', () => {
  const list = (count: number): readonly string[] => {
    let events: readonly KillSwitchEvent[] = [];
    for (let n = 0; n < count; n += 1)
      events = [...events, ...after(events, { kind: 'list', stream: `kill_switch-demo:agent=a${n}` })];
    return fold(killSwitchDecider, events).listed ?? [];
  };
  const action = {
    tenant_id: 'demo',
    action_type: 'cell_failover',
    account_id: 'ran',
    agent: 'a7',
    site_id: 's-1',
  };

  it('stays short whatever is stopped, and then has every switch of the scope read', () => {
    expect(list(64)).toHaveLength(64);
    expect(listedStreams(list(64), { ...action, agent: 'other' })).toEqual([]);
    expect(list(200)).toEqual(['kill_switch-demo:agent=*']);
    expect(listedStreams(list(200), action)).toEqual(['kill_switch-demo:agent=a7']);
    expect(listsSites(list(200))).toBe(false);
  });
});
