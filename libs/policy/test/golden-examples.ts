import { fold, type DomainEvent } from '@interlock/kernel';
import {
  actionTypeDecider,
  bundleDecider,
  bundleHash,
  bundleIdOf,
  exportsDecider,
  FlipCollector,
  lintSettingsDecider,
  noPolicies,
  refusalsDecider,
  rolloutDecider,
  RuleIndex,
  signingDecider,
  teamDecider,
  type BundleCommand,
  type BundleState,
  type EvaluationRecorded,
  type RolloutCommand,
} from '../src/index.js';
import { goodGates } from './rollouts.js';
import { actionTypes } from './samples.js';
import { bundleId, content, policyEvents } from './golden-bundle.js';
import { goldenEvaluations } from './golden.js';

/** One decision that the bundle changes. */
const flipList = () => {
  const flips = new FlipCollector(new RuleIndex(content.rules), null, noPolicies);
  const context = { risk_score: 30, 'time.weekday': 'Monday', 'system.load_pct': 20 };
  flips.add({
    evaluation_id: '00000000-0000-5000-8000-000000000000',
    decision: 'NEEDS_APPROVAL',
    bundle: { rule_id: null },
    input: { agent: 'ran-optimizer', action_type: 'cell_failover', context },
  } as unknown as EvaluationRecorded['data']);
  const range = {
    from: '2026-02-23T10:30:00.000Z',
    to: '2026-03-02T10:30:00.000Z',
    position: '42',
    capped: false,
  };
  return flips.list({
    bundle_id: bundleId,
    version: content.version,
    bundle_hash: bundleHash(content),
    against_hash: null,
    ...range,
  });
};

const bundleEvents = () => {
  let state: BundleState = bundleDecider.initial;
  const step = (command: BundleCommand, personId: string) => {
    const events = bundleDecider.decide(command, state);
    state = fold(bundleDecider, events, { actor: { kind: 'person', person_id: personId } }, state);
    return events;
  };
  const list = flipList();
  return [
    ...step(
      { kind: 'CreateBundle', bundle_id: bundleId, content: { ...content, notes: '' }, source: 'api' },
      'ann',
    ),
    ...step({ kind: 'DeleteBundle' }, 'ann'),
    ...step(
      { kind: 'CreateBundle', bundle_id: bundleId, content: { ...content, notes: '' }, source: 'api' },
      'ann',
    ).slice(1),
    ...step({ kind: 'UpdateBundle', content }, 'ann'),
    ...step({ kind: 'RecordFlipList', list }, 'bob'),
    ...step(
      {
        kind: 'ApproveBundle',
        actor: { kind: 'person', person_id: 'bob' },
        approval_id: 'approval',
        bundle_hash: bundleHash(content),
        flip_list_hash: list.flip_list_hash,
        note: 'looks right',
      },
      'bob',
    ),
    ...step({ kind: 'ReleaseBundle', approval_id: 'approval' }, 'ann'),
    ...adopted(),
  ];
};

/** A service's draft that a person then adopts. */
const adopted = () => {
  const events = bundleDecider.decide(
    { kind: 'CreateBundle', bundle_id: bundleId, content, source: 'api' },
    bundleDecider.initial,
  );
  const state = fold(
    bundleDecider,
    events,
    { actor: { kind: 'service', service: 'ci' } },
    bundleDecider.initial,
  );
  return bundleDecider.decide(
    { kind: 'AdoptBundle', actor: { kind: 'person', person_id: 'ann' }, bundle_hash: bundleHash(content) },
    state,
  );
};

const exchangeEvents = (bundleHash: string): readonly DomainEvent[] => {
  const export_id = '7f4f2f66-58a4-7c1e-9c51-0d2f8a6f1b10';
  return [
    ...signingDecider.decide({ kind: 'ConfigureSigning', demand: ['Ed25519'] }, signingDecider.initial),
    ...exportsDecider.decide(
      {
        kind: 'record-export',
        bundle_id: bundleId,
        version: content.version,
        bundle_hash: bundleHash,
        export_id,
        key_ids: ['ops-2026'],
        expires_at: '2026-03-03T10:30:00.000Z',
      },
      exportsDecider.initial,
    ),
    ...refusalsDecider.decide(
      {
        kind: 'record-refusal',
        code: 'bundle-expired',
        file_hash: 'ab'.repeat(32),
        export_id,
        bundle_id: bundleId,
        version: content.version,
        key_ids: ['ops-2026'],
      },
      refusalsDecider.initial,
    ),
  ];
};

const rolloutEvents = (bundleId: string, version: string, hash: string): readonly DomainEvent[] => {
  const now = '2026-01-02T00:00:00.000Z';
  const next = {
    bundle_id: bundleIdOf('demo', '1.3.0'),
    bundle_version: '1.3.0',
    bundle_hash: 'a'.repeat(64),
    approval_id: 'approval-2',
  };
  let state = rolloutDecider.initial;
  return (
    [
      { kind: 'ActivateBundle', ...next, bundle_id: bundleIdOf('demo', '1.1.0'), bundle_version: '1.1.0' },
      { kind: 'ActivateBundle', ...next },
      {
        kind: 'HoldCanary',
        bundle_id: next.bundle_id,
        reason: 'a look at the alarms first',
        until: '2026-01-03T08:00:00.000Z',
        now,
      },
      { kind: 'ReleaseCanary', bundle_id: next.bundle_id, reason: 'the alarms are old ones' },
      { kind: 'SchedulePromotion', bundle_id: next.bundle_id, at: '2026-01-05T06:00:00.000Z', now },
      { kind: 'UnschedulePromotion', bundle_id: next.bundle_id },
      {
        kind: 'PromoteCanary',
        bundle_id: next.bundle_id,
        trigger: 'person',
        reason: null,
        verdicts: goodGates(10),
        now,
      },
      {
        kind: 'PageForBundle',
        bundle_id: next.bundle_id,
        incident_id: 'incident-1',
        reason: 'incident `incident-1` is open',
      },
      {
        kind: 'RollBackBundle',
        bundle_id: next.bundle_id,
        trigger: 'incident',
        reason: 'incident `incident-1` is open',
        verdicts: null,
        incident_id: 'incident-1',
      },
      { kind: 'BypassPolicy', reason: 'nothing that the rules say can be trusted', minutes: 30, now },
      { kind: 'EndBypass', reason: 'ended', now },
      {
        kind: 'ConfigureRollout',
        settings: { ...rolloutDecider.initial.settings, auto_promote: true, dwell_h: 48 },
      },
    ] satisfies RolloutCommand[]
  )
    .flatMap((command) => {
      const written = rolloutDecider.decide(command, state);
      state = fold(rolloutDecider, written, {}, state);
      return written;
    })
    .concat(
      rolloutDecider.decide(
        {
          kind: 'ActivateBundle',
          bundle_id: bundleId,
          bundle_version: version,
          bundle_hash: hash,
          approval_id: 'approval',
        },
        rolloutDecider.initial,
      ),
    );
};

/** One example of each event of this context, as the deciders write it now. */
export const exampleEvents = (): { readonly [type: string]: object } => {
  const bundle_hash = bundleHash(content);
  const events: readonly DomainEvent[] = [
    ...policyEvents(),
    ...bundleEvents(),
    ...rolloutEvents(bundleId, content.version, bundle_hash),
    ...exchangeEvents(bundle_hash),
    ...actionTypeDecider.decide(
      { kind: 'RegisterActionType', entry: actionTypes[0]! },
      actionTypeDecider.initial,
    ),
    ...actionTypeDecider.decide(
      { kind: 'RetireActionType' },
      { entry: { ...actionTypes[0]!, version: 2 }, content_hash: 'hash', retired: false },
    ),
    ...teamDecider.decide(
      {
        kind: 'DefineTeam',
        team: {
          team_id: 'ran-north',
          name: 'RAN north',
          agents: ['ran-optimizer'],
          accounts: ['north-1', 'north-2'],
        },
      },
      teamDecider.initial,
    ),
    ...lintSettingsDecider.decide(
      {
        kind: 'ConfigureLint',
        settings: {
          invariants: [
            {
              id: 'no-delete-in-prod',
              description: 'knowledge is never deleted in production by itself',
              never: 'ALLOW',
              agent: '*',
              action: 'knowledge.delete',
              conditions: [{ field: 'parameters.env', op: '==', value: 'prod' }],
            },
          ],
          severities: { more_permissive: 'error' },
        },
      },
      lintSettingsDecider.initial,
    ),
    { type: 'EvaluationRecorded', data: goldenEvaluations()[1]!.data },
  ];
  return Object.fromEntries(events.map(({ type, data }) => [type, data]));
};
