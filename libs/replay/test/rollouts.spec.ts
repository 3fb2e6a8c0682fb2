import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import {
  bucketOf,
  bundleIdOf,
  emptyCounts,
  evaluableBundle,
  evaluate,
  judgeStage,
  noPolicies,
  normalBundle,
  rolloutDecider,
  rolloutLoosens,
  routeRequest,
  shadowOf,
  type EvaluationRecorded,
  type GateReport,
  type RolloutCommand,
  type RuleInput,
} from '@interlock/policy';
import { Replay, type ReplayReport } from '../src/index.js';
import { tenant, WrittenLog } from './written-log.js';

const rule = (over: Partial<RuleInput>): RuleInput => ({
  id: 'r',
  agent: '*',
  action: '*',
  effect: 'allow',
  priority: 1,
  conditions: [],
  reason: 'A reason to go by',
  ...over,
});
const contents = new Map([
  ['1.0.0', normalBundle({ version: '1.0.0', rules: [rule({ budget: { cost: 10 } })] })],
  ['1.1.0', normalBundle({ version: '1.1.0', rules: [rule({ effect: 'deny' })] })],
  ['1.2.0', normalBundle({ version: '1.2.0', rules: [rule({ effect: 'needs_approval' })] })],
]);
const gates = (pct: number): GateReport =>
  judgeStage(
    {
      ...emptyCounts,
      decisions: 1000,
      requests: (1000 * 100) / pct,
      executions: 1000,
      split: { ...emptyCounts.split, units: 1000, canary: pct * 10 },
    },
    pct,
    rolloutDecider.initial.settings,
  );
const canaryEntity = Array.from({ length: 200 }, (_, i) => `cell-${i}`).find(
  (entity) => bucketOf(tenant, entity) < 1000,
)!;
const activeEntity = Array.from({ length: 200 }, (_, i) => `cell-${i}`).find(
  (entity) => bucketOf(tenant, entity) >= 5000,
)!;

/** A log of bundles and their rollouts, with two evaluations after each step. */
const written = (): { readonly events: readonly RecordedEvent[] } => {
  const log = new WrittenLog('2026-01-01T00:00:00.000Z', 60_000);
  const { events, append } = log;
  let state = rolloutDecider.initial;
  const evaluateBoth = (): void => {
    for (const entity of [canaryEntity, activeEntity]) {
      const { floor, deciding, shadow } = routeRequest(state, tenant, entity);
      const compiled = (of: typeof deciding) =>
        of === null
          ? null
          : evaluableBundle(
              {
                bundle_id: of.bundle.bundle_id,
                version: of.bundle.bundle_version,
                bundle_hash: of.bundle.bundle_hash,
                rules: contents.get(of.bundle.bundle_version)!.rules,
              },
              of.variant,
            );
      const context = { entity_id: entity, dry_run: false };
      const asked = { agent: 'a', action_type: 'cell_failover', context, policies: noPolicies };
      const other = compiled(shadow);
      const versions: JsonObject = {
        auto_approval: 'default',
        time_zone: 'UTC',
        ...(other === null ? {} : { canary_stage: state.canary!.stage }),
      };
      const evaluation = evaluate({
        ...asked,
        evaluation_id: `e-${events.length}`,
        trace_id: 't',
        bundle: compiled(deciding),
        floor,
        confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
        versions,
        position: `${events.length}`,
      });
      const input = {
        tenant_id: tenant,
        agent: 'a',
        action_type: 'cell_failover',
        context,
        at: log.next,
        time_zone: 'UTC',
        action_id: null,
        request_id: null,
        dry_run: false,
      };
      append(
        `evaluation-${tenant}:2026-01-01`,
        {
          type: 'EvaluationRecorded',
          data: { ...evaluation, input, ...(other === null ? {} : { shadow: shadowOf(asked, other) }) },
        },
        { kind: 'service', service: 'policy-evaluator' },
      );
    }
  };
  const released = new Map<string, string>();
  const roll = (command: (at: string) => RolloutCommand): void => {
    const asked = command(log.next);
    state = log.set(
      `rollout-${tenant}:all`,
      rolloutDecider,
      (before, after) => rolloutLoosens(before.settings, after.settings),
      asked,
      state,
    );
    evaluateBoth();
  };
  const named = (version: string): { readonly bundle_id: string } => ({
    bundle_id: bundleIdOf(tenant, version),
  });
  const activate = (version: string) => (): RolloutCommand => ({
    kind: 'ActivateBundle',
    ...named(version),
    bundle_version: version,
    bundle_hash: released.get(version)!,
    approval_id: `yes-${version}`,
  });
  for (const [version, content] of contents) released.set(version, log.release(content));
  roll(activate('1.0.0'));
  roll(activate('1.1.0'));
  roll((at) => ({ kind: 'HoldCanary', ...named('1.1.0'), reason: 'a look first', until: null, now: at }));
  roll(() => ({ kind: 'ReleaseCanary', ...named('1.1.0'), reason: 'looked' }));
  roll((at) => ({ kind: 'SchedulePromotion', ...named('1.1.0'), at: '2026-01-09T00:00:00.000Z', now: at }));
  roll(() => ({ kind: 'UnschedulePromotion', ...named('1.1.0') }));
  roll((at) => ({
    kind: 'PromoteCanary',
    ...named('1.1.0'),
    trigger: 'person',
    reason: 'clear',
    verdicts: gates(10),
    now: at,
  }));
  roll((at) => ({ kind: 'BypassPolicy', reason: 'no trust', minutes: 30, now: at }));
  roll((at) => ({ kind: 'EndBypass', reason: 'ended', now: at }));
  roll((at) => ({
    kind: 'PromoteCanary',
    ...named('1.1.0'),
    trigger: 'person',
    reason: 'clear',
    verdicts: gates(50),
    now: at,
  }));
  roll(() => ({ kind: 'ConfigureRollout', settings: { ...state.settings, dwell_h: 1 } }));
  roll(activate('1.2.0'));
  roll(() => ({ kind: 'PageForBundle', ...named('1.2.0'), incident_id: 'i', reason: 'an incident' }));
  roll(() => ({
    kind: 'RollBackBundle',
    ...named('1.2.0'),
    trigger: 'incident',
    reason: 'an incident',
    verdicts: null,
    incident_id: 'i',
  }));
  roll(() => ({
    kind: 'RollBackBundle',
    ...named('1.1.0'),
    trigger: 'person',
    reason: 'error spike',
    verdicts: null,
  }));
  roll(() => ({
    kind: 'RollBackBundle',
    ...named('1.0.0'),
    trigger: 'person',
    reason: 'error spike',
    verdicts: null,
  }));
  return { events };
};
const replayed = (events: readonly RecordedEvent[]): ReplayReport => {
  const replay = new Replay({ whole: true });
  for (const event of events) if (!replay.take(event)) break;
  return replay.end();
};
const { events } = written();
const evaluations = events.flatMap(({ type, data }, place) =>
  type === 'EvaluationRecorded' ? [{ place, data: data as EvaluationRecorded['data'] }] : [],
);
const changed = (place: number, data: object): readonly RecordedEvent[] =>
  events.map((event, i) => (i === place ? { ...event, data: { ...event.data, ...data } } : event));

describe('a log with every kind of rollout', () => {
  it('replays each step by its decider and each evaluation by the bundle of that time, with the shadow', () => {
    const report = replayed(events);
    expect([report.difference, report.unknown]).toEqual([null, {}]);
    expect([report.checked['evaluation'], new Set(events.map(({ type }) => type)).size]).toEqual([
      evaluations.length,
      18,
    ]);
    expect(report.owed).toEqual({ incident: 4 });
  });

  it.each([
    'CanaryPromoted',
    'BundleRolledBack',
    'CanaryHeld',
    'PromotionScheduled',
    'PolicyBypassed',
    'PolicyBypassEnded',
    'RolloutConfigured',
    'RolloutPaged',
  ])('finds a %s that no decider could have written there', (type) => {
    const lie: { readonly [type: string]: object } = {
      CanaryPromoted: { to_pct: 100 },
      BundleRolledBack: { restored_version: '9.9.9' },
      CanaryHeld: { bundle_id: bundleIdOf(tenant, '1.0.0') },
      PromotionScheduled: { at: '2020-01-01T00:00:00.000Z' },
      PolicyBypassed: { until: '2030-01-01T00:00:00.000Z' },
      PolicyBypassEnded: { since: '2020-01-01T00:00:00.000Z' },
      RolloutConfigured: { settings: { ...rolloutDecider.initial.settings, dwell_h: 2 } },
      RolloutPaged: { bundle_version: '9.9.9' },
    };
    const place = events.findIndex((event) => event.type === type);
    expect(replayed(changed(place, lie[type]!)).difference).toMatchObject({
      id: events[place]!.id,
      kind: type === 'RolloutConfigured' ? 'change' : 'rollout',
    });
  });

  it('finds a promotion without passed gates', () => {
    const place = events.findIndex(({ type }) => type === 'CanaryPromoted');
    const { verdicts } = events[place]!.data as { readonly verdicts: GateReport };
    expect(
      replayed(
        changed(place, {
          verdicts: { ...verdicts, threshold_verdict: { ...verdicts.threshold_verdict, outcome: 'hold' } },
        }),
      ).difference,
    ).toMatchObject({ kind: 'rollout' });
    expect(replayed(changed(place, { verdicts: null })).difference).toMatchObject({ kind: 'rollout' });
  });

  it('finds altered routing: the deciding bundle, the shadow, the stage and the floor', () => {
    const canary = evaluations.find(({ data }) => data.bundle.variant === 'canary')!;
    const floored = evaluations.find(({ data }) => data.versions['floor'] === 'bypassed')!;
    const { shadow, bundle, versions } = canary.data;
    for (const lie of [
      { shadow: { ...shadow!, decision: 'DENY' } },
      { shadow: undefined },
      { bundle: { ...bundle, variant: 'active' } },
      { versions: { ...versions, canary_stage: '77' } },
    ]) {
      expect(replayed(changed(canary.place, lie)).difference).toMatchObject({
        id: events[canary.place]!.id,
        kind: 'evaluation',
      });
    }
    const { floor: _floor, ...open } = floored.data.versions;
    expect(replayed(changed(floored.place, { versions: open })).difference).toMatchObject({
      id: events[floored.place]!.id,
      kind: 'evaluation',
    });
    // It is whole and consistent, but made with another bundle than the entity's.
    const other = evaluations.find(
      ({ place, data }) =>
        place !== canary.place &&
        data.versions['canary_stage'] === versions['canary_stage'] &&
        data.bundle.variant === 'active',
    )!;
    expect(
      replayed(
        changed(canary.place, {
          ...other.data,
          evaluation_id: canary.data.evaluation_id,
          position: canary.data.position,
          input: { ...other.data.input, context: canary.data.input.context },
        }),
      ).difference,
    ).toMatchObject({ kind: 'evaluation' });
  });
});
