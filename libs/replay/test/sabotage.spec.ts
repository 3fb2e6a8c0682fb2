import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@interlock/kernel';
import { exportedEvent, readExportedLine } from '@interlock/tree';
import { Replay, type Difference, type ReplayReport } from '../src/index.js';
import { SimulatedLog } from './simulated-log/simulated-log.ts';

const exported = (event: RecordedEvent): RecordedEvent => {
  const read = readExportedLine(JSON.stringify(exportedEvent(event)));
  if ('fault' in read) throw new Error(read.fault);
  return read.event;
};
const events = [...new SimulatedLog(46).events(60)].map(exported);
const difference = (of: readonly RecordedEvent[], whole = true): Difference | null => {
  const replay = new Replay({ whole });
  for (const event of of) if (!replay.take(event)) break;
  return replay.end().difference;
};
/** The long form, `npm run test:chaos`, alters every fact, and the short form every third one. */
const every = process.env['INTERLOCK_LONG_TESTS'] === 'true' ? 1 : 3;
const firstOf = (type: string): number => events.findIndex((event) => event.type === type);
const key = ({ type, stream }: RecordedEvent): string => `${stream.slice(0, stream.indexOf('-'))} ${type}`;
const kinds = [...new Set(events.map(key))];

type Leaf = { readonly path: readonly (string | number)[]; readonly value: unknown };
/**
 * Every single fact of an event's data; for a list only the first item's, for gates every one's.
 */
const leaves = (value: unknown, path: readonly (string | number)[] = []): readonly Leaf[] => {
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  if (Array.isArray(value))
    return value
      .slice(0, path.at(-1) === 'gates' ? value.length : 1)
      .flatMap((item, i) => leaves(item, [...path, i]));
  return Object.entries(value).flatMap(([name, item]) => leaves(item, [...path, name]));
};
const other = (value: unknown): unknown => {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  if (typeof value !== 'string') return 'x';
  return /^\d{4}-\d\d-\d\dT/.test(value) ? new Date(Date.parse(value) + 20_000).toISOString() : `${value}x`;
};
const altered = (place: number, { path, value }: Leaf): readonly RecordedEvent[] => {
  const copy = structuredClone(events[place]!);
  let at = copy.data as { [member: string | number]: never };
  for (const step of path.slice(0, -1)) at = at[step]!;
  at[path.at(-1)!] = other(value) as never;
  return events.with(place, copy);
};

/**
 * Facts that nothing recorded before determines, and free texts. `*` stands for everything below.
 */
const facts: { readonly [kind: string]: readonly string[] } = {
  'posture PostureChanged': ['inputs.*', 'target'],
  'posture PostureEvaluated': ['*'],
  'posture PostureRunFailed': ['*'],
  'bundle BundleCreated': ['source'],
  'change ChangeRequested': ['why'],
  'bundle BundleApproved': ['note'],
  'autonomy AutonomyModeSet': ['mode'],
  'autonomy BudgetSet': ['decay_if_unused'],
  'device DeviceRegistered': ['host', 'port', 'username', 'credentials_ref', 'site_id', 'cells.*'],
  'trace TraceImported': [
    'trace_id',
    'action_id',
    'action_type',
    'trigger_type',
    'entity_id',
    'parameters.*',
    'context.*',
    'incident_id',
    'outcome',
    'finished_at',
    'predicted',
    'imported',
  ],
  'action IntentAccepted': ['claimed_by', 'source', 'time', 'action_type.*'],
  'evaluation EvaluationRecorded': ['evaluation_id', 'trace_id', 'input.*'],
  'signal SignalReported': ['source'],
  'posture PostureConfigured': ['thresholds.*', 'orange', 'on_missing', 'dwell_s', 'max_age_s.*'],
  'action GatesJudged': [
    'gates.1.saw.answer.evaluated_at',
    'gates.4.saw.evaluation.evaluation_id',
    'gates.4.saw.evaluation.trace_id',
    'gates.4.saw.evaluation.input.at',
    'gates.4.saw.evaluation.input.context.system.load_pct',
    'gates.0.saw.switches.0.revision',
    'gates.5.saw.estimate.users_affected',
    'gates.5.saw.estimate.connection_drops',
    'gates.5.saw.estimate.latency_increase_ms.*',
    'gates.5.saw.estimate.topology_version',
  ],
  'action ReservationAwaited': ['held_by.0'],
  'action ActionCancelled': ['comment'],
  'action ConfirmationWindowExtended': ['due_at'],
  'action ConfirmationWindowStarted': ['channel_id'],
  'device_tx ChangePrepared': ['samples_before.*'],
  'device_tx TentativeCommitRequested': ['instance'],
  'device_tx TentativeCommitApplied': ['commit.*'],
  'device_tx TurnTaken': ['instance'],
  'device_tx KpisObserved': ['samples.*'],
  'alert AlertFired': ['figures.*'],
  'alert AlertResolved': ['figures.*'],
  'kill_switch KillSwitchEngaged': ['reason', 'rollback_in_flight'],
  'kill_switch KillSwitchReleased': ['reason'],
  'device_tx ApplyRefused': ['reasons.*'],
  'device_tx ChangeRolledBack': ['how'],
  'device_tx RollbackFailed': ['left.*'],
};
const isFact = (kind: string, path: string): boolean =>
  (facts[kind] ?? []).some(
    (fact) => fact === path || (fact.endsWith('*') && path.startsWith(fact.slice(0, -1))),
  );

describe('one recorded fact altered', () => {
  it('is tried on a log that holds nearly every type of event and replays', () => {
    expect(difference(events)).toBeNull();
    expect(kinds.length).toBeGreaterThan(60);
  });

  it.each(kinds)('is found in every %s, if other events determine the fact', (kind) => {
    const place = events.findIndex((event) => key(event) === kind);
    const missed = leaves(events[place]!.data)
      .map((leaf) => ({ leaf, path: leaf.path.join('.') }))
      .filter(({ path }) => !isFact(kind, path))
      .filter((_, index) => index % every === 0)
      .filter(({ leaf }) => difference(altered(place, leaf)) === null);
    expect(missed.map(({ path }) => path)).toEqual([]);
  });

  it.each([
    ['a verdict', 'GatesJudged', 'gates.6.verdict', 'gate'],
    ["a verdict's grounds", 'GatesJudged', 'gates.5.saw.affected_entity_count', 'look'],
    ['a count', 'BudgetConsumed', 'count', 'budget'],
    ['a limit', 'BudgetConsumed', 'limit', 'limit'],
    ['a decision', 'EvaluationRecorded', 'decision', 'evaluation'],
    ['who said yes', 'ActionApproved', 'by', 'action'],
    ['the digest of what was said yes to', 'ActionApproved', 'digest', 'action'],
    ["a window's end", 'ConfirmationWindowOpened', 'due_at', 'action'],
    ["an approval's end", 'ApprovalRequested', 'expires_at', 'action'],
    ['a lease', 'LeaseGranted', 'fencing', 'lease'],
    ['the lease of an execution', 'ExecutionStarted', 'fencing', 'lease_held'],
    ['an epoch', 'ExecutionStarted', 'epoch', 'action'],
    ['what was applied', 'ChangePrepared', 'changes.0.after', 'transaction'],
    ['the payload', 'ChangePrepared', 'edit_xml', 'transaction'],
    ['an observation', 'KpisObserved', 'observation.after.drop_rate_pct', 'transaction'],
    ['a validation', 'OutcomeValidated', 'validation_result.verdict', 'validation'],
    ['an incident', 'IncidentOpened', 'severity', 'incident'],
    ['a trace', 'TraceRecorded', 'impact_delta', 'trace'],
    ['a plan', 'PlanPrepared', 'plan.plan_hash', 'plan'],
    ['an approval of a bundle', 'BundleApproved', 'bundle_hash', 'bundle'],
    ['what was activated', 'BundleActivated', 'bundle_hash', 'rollout'],
    ['a policy', 'PolicyCreated', 'policy.decision', 'policy'],
    ['an intent', 'IntentAccepted', 'intent.entity_id', 'intent'],
  ])('%s is named: %s', (_, type, path, kind) => {
    const place = firstOf(type);
    const leaf = {
      path: path.split('.').map((step) => (/^\d+$/.test(step) ? Number(step) : step)),
      value: path
        .split('.')
        .reduce<unknown>((at, step) => (at as { [member: string]: unknown })[step], events[place]!.data),
    };
    if (type === 'LeaseGranted')
      return expect(difference(altered(place, { path: ['keys', 0], value: 'k' }))).toMatchObject({
        stream: events[place]!.stream.startsWith('lease') ? expect.any(String) : '',
      });
    return expect(difference(altered(place, leaf))).toMatchObject({ id: events[place]!.id, kind });
  });
});

describe('a log that someone rewrote', () => {
  const stream = events.find(({ type }) => type === 'ActionCompleted')!.stream;
  const last = events.findLastIndex((event) => event.stream === stream);
  const forged = (over: Partial<RecordedEvent>): RecordedEvent => ({
    ...events[last]!,
    id: 'forged',
    revision: events[last]!.revision + 1n,
    metadata: { ...events[last]!.metadata, command_id: 'forged' },
    ...over,
  });

  it('is found if an event is added to an action that is over', () => {
    expect(difference(events.toSpliced(last + 1, 0, forged({})))).toMatchObject({
      id: 'forged',
      what: 'nothing follows on an action that is over',
    });
  });

  it('is found if it holds an event that no decider writes there', () => {
    const accepted = firstOf('IntentAccepted');
    const { stream: of, revision, position } = events[accepted]!;
    const early = forged({
      stream: of,
      revision: revision + 1n,
      position,
      type: 'ExecutionStarted',
      data: events[firstOf('ExecutionStarted')]!.data,
      metadata: { ...events[accepted]!.metadata, command_id: 'other' },
    });
    expect(difference(events.toSpliced(accepted + 1, 0, early))).not.toBeNull();
  });

  it('is found if an execution has no lease, an action no budget, or an end no transaction', () => {
    for (const [category, type] of [
      ['lease', 'LeaseGranted'],
      ['budget', 'BudgetConsumed'],
      ['device_tx', 'ChangeConfirmed'],
    ] as const) {
      const found = events.findLastIndex((event) => event.type === type);
      const { stream: of } = events[found]!;
      const without = events.filter((event, i) => i < found || event.stream !== of).map((event) => event);
      expect([category, difference(without)]).toEqual([
        category,
        expect.objectContaining({ what: expect.any(String) }),
      ]);
    }
  });

  it('is found if an event was removed, except the first and the last of a stream', () => {
    const missed = kinds.flatMap((kind) => {
      const place = events.findIndex((event) => key(event) === kind);
      const { stream: of, revision } = events[place]!;
      const inside = revision > 0n && events.slice(place + 1).some((event) => event.stream === of);
      return inside && difference(events.toSpliced(place, 1)) === null ? [kind] : [];
    });
    expect(missed).toEqual([]);
  });

  it("is found if a stream's beginning was removed from a whole log", () => {
    const place = firstOf('IntentAccepted');
    expect(difference(events.toSpliced(place, 1), false)).toBeNull();
    expect(difference(events.toSpliced(place, 1))).toMatchObject({
      what: 'the stream begins with its first event',
    });
  });

  it('counts removed consequences as owed, and is found if another event depends on one', () => {
    const of = (type: string): number => events.filter((event) => event.type === type).length;
    const without = (whole: boolean, ...types: readonly string[]): ReplayReport => {
      const replay = new Replay({ whole });
      for (const event of events) if (!types.includes(event.type) && !replay.take(event)) break;
      return replay.end();
    };
    expect(without(true, 'IncidentOpened', 'IncidentLinked', 'IncidentResolved')).toMatchObject({
      difference: null,
      owed: { incident: of('IncidentOpened') },
    });
    expect(
      without(false, 'IncidentOpened', 'IncidentLinked', 'IncidentResolved', 'TraceRecorded'),
    ).toMatchObject({
      difference: null,
      owed: { incident: of('IncidentOpened'), trace: of('TraceRecorded') },
    });
    expect(without(true, 'TraceRecorded').difference).toMatchObject({
      kind: 'prediction',
    });
  });
});
