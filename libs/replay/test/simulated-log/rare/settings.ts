import {
  automaticChange,
  budgetDecider,
  budgetLoosens,
  budgetStream,
  earnedDecider,
  earnedStream,
  modeDecider,
  modesLoosens,
  modeStream,
  thresholdData,
  thresholdDecider,
  thresholdStream,
  withAutomatic,
  type AutomaticRecord,
  type EarnedCommand,
  type EarnedState,
  type ThresholdCommand,
  type ThresholdState,
} from '@interlock/autonomy';
import { actorKey, type Actor } from '@interlock/contracts';
import {
  requiredPeopleDecider,
  requiredPeopleLoosens,
  retentionDecider,
  retentionLoosens,
  retentionStream,
  type RequiredPeople,
} from '@interlock/kernel';
import { requiredPeopleStream } from '@interlock/rails';
import { approveChange, requestChange, tellChange, writeSetting, type OpenChange } from '../changes.ts';
import { person, service, tenant, type Journal } from '../journal.ts';
import { moment } from '../stories/story.ts';

// Nobody invited these lately, so each counts as a person of their own.
const [anna, ben, dora, emil] = ['anna', 'ben', 'dora', 'emil'].map(person) as [Actor, Actor, Actor, Actor];
const ledger = service('budget-ledger');
const dayMs = 86_400_000;
export const modes = { stream: modeStream(tenant), decider: modeDecider, loosens: modesLoosens(tenant) };
export const budgetOf = (account: string) => ({
  stream: budgetStream(tenant, account),
  decider: budgetDecider,
  loosens: budgetLoosens(account === '_all'),
});
const today = (log: Journal): string => log.at.slice(0, 10);

/** A mode, a budget and limits that are set and go away again. */
export const removals = moment((log) => {
  const key = { account_id: 'core', action_type: 'qos_tune' };
  writeSetting(log, modes, { kind: 'SetMode', key, mode: 'DISABLED' }, anna, dora);
  writeSetting(log, modes, { kind: 'RemoveMode', key }, anna, dora);
  const limits = { max_autonomous_per_day: 1, max_per_action_type: {}, decay_if_unused: false };
  writeSetting(log, budgetOf('spare'), { kind: 'SetBudget', account_id: 'spare', limits }, anna, dora);
  writeSetting(log, budgetOf('spare'), { kind: 'RemoveBudget', account_id: 'spare' }, anna, dora);
});

/**
 * Thresholds tighten by a bad record, are loosened with a signature by a good one, and end. All
 * outcomes are of one account, which is then proposed for a step up.
 */
export const records = moment((log) => {
  const type = 'qos_tune';
  const stream = earnedStream(tenant, 'core', type);
  const earned = (): EarnedState => log.state(stream, earnedDecider as never) as unknown as EarnedState;
  let record: AutomaticRecord = [];
  const outcome = (command: EarnedCommand, by = ledger): void => {
    const before = earned();
    for (const event of earnedDecider.decide(command, before)) {
      const change = automaticChange(before, event);
      if (change !== null) record = withAutomatic(record, change);
    }
    log.tell(stream, earnedDecider, command, by);
  };
  const counts = (times: number, counted: 'good' | 'bad', automatic: boolean): void => {
    for (let n = 0; n < times; n += 1)
      outcome({
        kind: 'count',
        action_id: `${counted}-${log.position}`,
        outcome: counted === 'good' ? 'COMPLETED' : 'ROLLED_BACK',
        counted,
        automatic,
        asked: automatic ? null : 'approved',
        affected_entity_count: 3,
        day: today(log),
      });
  };
  const thresholds = thresholdStream(tenant, type);
  const standing = (): ThresholdState =>
    log.state(thresholds, thresholdDecider as never) as unknown as ThresholdState;
  const move = (command: ThresholdCommand, by = anna): void =>
    log.tell(thresholds, thresholdDecider, command, by);
  const data = () => thresholdData(record, standing().changed_on, today(log), `${log.position}`);
  move({ kind: 'enable', target_share: 0.9 });
  counts(25, 'good', true);
  counts(5, 'bad', true);
  log.now += dayMs;
  move({ kind: 'review', day: today(log), data: data() }, ledger);
  log.now += dayMs;
  counts(30, 'good', true);
  move({ kind: 'review', day: today(log), data: data() }, ledger);
  move({ kind: 'sign', digest: standing().proposal!.digest, day: today(log), data: data() });
  move({ kind: 'disable' });

  const review = (mode: 'APPROVAL_REQUIRED' | 'AUTO_EXECUTE'): void =>
    outcome({ kind: 'review', mode, target: 0.8, day: today(log) });
  const digest = (): string => earned().proposal!.digest;
  counts(60, 'good', false);
  review('APPROVAL_REQUIRED');
  outcome({ kind: 'refuse', digest: digest() }, anna);
  counts(1, 'good', false);
  review('APPROVAL_REQUIRED');
  outcome({ kind: 'sign', digest: digest(), target: 0.8 }, anna);
  counts(1, 'good', true);
  outcome(
    {
      kind: 'judge',
      action_id: `good-${log.position - 1n}`,
      verdict: 'harmful',
      by: actorKey(anna),
      affected_entity_count: 3,
      day: today(log),
    },
    anna,
  );
  review('AUTO_EXECUTE');
  outcome({ kind: 'lift', reason: 'it was the weather' }, anna);
  outcome({ kind: 'step_down', target: 0.8, day: today(log), reason: 'to be sure' }, anna);
  outcome({ kind: 'override', mode: 'AUTO_EXECUTE', reason: 'it is known' }, anna);
});

/** Change requests that end in every way there is, and settings that only changes write. */
export const changes = moment((log) => {
  const mode = (by = anna, required?: RequiredPeople): OpenChange => {
    log.now += 1000;
    const key = { action_type: 'alarm_silence' };
    const command = { kind: 'SetMode', key, mode: 'APPROVAL_REQUIRED' } as const;
    return requestChange(log, modes, command, by, required)!;
  };
  const key = { action_type: 'alarm_silence' };
  writeSetting(log, modes, { kind: 'SetMode', key, mode: 'DISABLED' }, anna, dora);
  const rejected = mode();
  const by = actorKey(ben);
  tellChange(log, rejected.id, { kind: 'RejectChange', by, reason: 'not now', now: log.at }, ben);
  const stale = mode();
  approveChange(log, stale, dora);
  writeSetting(log, modes, { kind: 'SetTarget', target_share: 0.99 }, anna, dora);
  const code = { code: 'stale-change', detail: 'the setting has changed' };
  tellChange(log, stale.id, { kind: 'VoidChange', ...code }, service('safety-rails'));

  const limits = { max_autonomous_per_day: 1, max_per_action_type: {}, decay_if_unused: false };
  const more = { ...limits, max_autonomous_per_day: 2 };
  const budget = budgetOf('urgent');
  writeSetting(log, budget, { kind: 'SetBudget', account_id: 'urgent', limits }, anna, dora);
  const raise = { kind: 'SetBudget', account_id: 'urgent', limits: more } as const;
  const urgent = requestChange(log, budget, raise, anna, 2, { can_break_glass: true })!;
  const { digest } = urgent;
  const glass = { kind: 'BreakGlass', digest, by: actorKey(anna), reason: 'it burns', seconds: 60 } as const;
  tellChange(log, urgent.id, { ...glass, now: log.at }, anna);
  urgent.apply();
  log.now += 61_000;
  const rails = service('safety-rails');
  const back = { kind: 'SetBudget', account_id: 'urgent', limits } as const;
  log.tell(budget.stream, budget.decider, back, rails, { change: { id: urgent.id, digest } });
  const revision = `${log.streams.get(budget.stream)!.revision}`;
  tellChange(log, urgent.id, { kind: 'NoteEnded', revision, restored: true, now: log.at }, rails);

  const expired = mode();
  log.now += dayMs + 1;
  tellChange(log, expired.id, { kind: 'ExpireChange', now: log.at }, rails);

  const days = { kpis: 90, actions: 365 };
  const retention = {
    stream: retentionStream(tenant),
    decider: retentionDecider,
    loosens: retentionLoosens,
  };
  writeSetting(log, retention, { kind: 'SetRetention', days, reason: 'the law' }, anna, dora);
  const people = {
    stream: requiredPeopleStream(tenant),
    decider: requiredPeopleDecider,
    loosens: requiredPeopleLoosens,
  };
  writeSetting(
    log,
    people,
    { kind: 'SetRequiredPeople', required_people: 3, reason: 'more eyes' },
    anna,
    dora,
  );
  const ofThree = mode(anna, 3);
  approveChange(log, ofThree, dora);
  approveChange(log, ofThree, emil);
  ofThree.apply();
  writeSetting(log, modes, { kind: 'SetLimits', limits: { soak_s: 20 }, reason: 'slow cells' }, anna, dora);
});
