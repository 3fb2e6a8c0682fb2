import { describe, expect, it } from '@jest/globals';
import {
  automaticChange,
  defaultAutoApprovalConfig,
  earnedDecider,
  earnedStream,
  evaluateAutoApproval,
  shiftedThresholds,
  thresholdData,
  thresholdDecider,
  thresholdStream,
  withAutomatic,
  type AutomaticRecord,
  type EarnedCommand,
  type ThresholdCommand,
  type ThresholdState,
} from '@interlock/autonomy';
import type { Actor, ThresholdShift } from '@interlock/contracts';
import { fold, sameJson, type RecordedEvent } from '@interlock/kernel';
import { evaluate, noPolicies } from '@interlock/policy';
import { AutoApprovalReplay } from '../src/autonomy/auto-approval.js';
import { ThresholdReplay } from '../src/autonomy/threshold.js';
import { Replay, type ReplayReport } from '../src/index.js';
import { person, tenant, WrittenLog } from './written-log.js';

const type = 'cell_failover';
const ledger: Actor = { kind: 'service', service: 'budget-ledger' };

/**
 * A tenant opts in. Its outcomes get worse, the thresholds tighten, the outcomes recover, and a
 * person signs. Evaluations use the present thresholds.
 */
const written = (): readonly RecordedEvent[] => {
  const log = new WrittenLog('2026-11-20T10:00:00.000Z', 1000);
  const { events, append } = log;
  let earned = earnedDecider.initial;
  let record: AutomaticRecord = [];
  let thresholds: ThresholdState = thresholdDecider.initial;
  const outcome = (command: EarnedCommand): void => {
    for (const event of earnedDecider.decide(command, earned)) {
      append(earnedStream(tenant, 'ran', type), event, ledger, command);
      const change = automaticChange(earned, event);
      if (change !== null) record = withAutomatic(record, change);
      earned = fold(earnedDecider, [event], {}, earned);
    }
  };
  const tell = (command: ThresholdCommand): void => {
    for (const event of thresholdDecider.decide(command, thresholds)) {
      append(thresholdStream(tenant, type), event, person('ann'), command);
      thresholds = fold(thresholdDecider, [event], {}, thresholds);
    }
  };
  const today = (): string => new Date(log.now).toISOString().slice(0, 10);
  const data = () => thresholdData(record, thresholds.changed_on, today(), `${events.length}`);
  const counts = (times: number, counted: 'good' | 'bad'): void => {
    for (let i = 0; i < times; i += 1)
      outcome({
        kind: 'count',
        action_id: `a-${events.length}`,
        outcome: counted === 'good' ? 'COMPLETED' : 'ROLLED_BACK',
        counted,
        automatic: true,
        asked: null,
        affected_entity_count: 1,
        day: today(),
      });
  };
  const ask = (): void => {
    const shift: ThresholdShift | undefined =
      thresholds.target_share === null
        ? undefined
        : { shift: thresholds.shift, revision: `${log.revisionOf(thresholdStream(tenant, type))}` };
    const context = { account_id: 'ran', dry_run: false };
    const evaluation = evaluate({
      agent: 'a',
      action_type: type,
      context,
      policies: noPolicies,
      evaluation_id: `e-${events.length}`,
      trace_id: 't',
      bundle: null,
      confidence_thresholds: shiftedThresholds(
        defaultAutoApprovalConfig.confidence_thresholds,
        shift?.shift ?? 0,
      ),
      ...(shift === undefined ? {} : { threshold_shift: shift }),
      versions: {
        auto_approval: 'default',
        time_zone: 'UTC',
        ...(shift === undefined ? {} : { thresholds: shift.revision }),
      },
      position: `${events.length}`,
    });
    const input = {
      tenant_id: tenant,
      agent: 'a',
      action_type: type,
      context,
      at: new Date(log.now).toISOString(),
      time_zone: 'UTC',
      action_id: null,
      request_id: null,
      dry_run: false,
    };
    append(
      `evaluation-${tenant}:${today()}`,
      { type: 'EvaluationRecorded', data: { ...evaluation, input } },
      { kind: 'service', service: 'policy-evaluator' },
    );
  };
  const tomorrow = (): void => {
    log.now += 86_400_000;
  };
  ask();
  tell({ kind: 'enable', target_share: 0.9 });
  counts(25, 'good');
  counts(5, 'bad');
  // A person's feedback reverses an outcome.
  outcome({
    kind: 'judge',
    action_id: 'a-2',
    verdict: 'bad',
    by: 'person:ann',
    affected_entity_count: 1,
    day: today(),
  });
  tomorrow();
  tell({ kind: 'review', day: today(), data: data() });
  ask();
  tomorrow();
  counts(30, 'good');
  tell({ kind: 'review', day: today(), data: data() });
  tell({ kind: 'sign', digest: thresholds.proposal?.digest ?? '', day: today(), data: data() });
  ask();
  tell({ kind: 'disable' });
  tomorrow();
  ask();
  return events;
};
const replayed = (events: readonly RecordedEvent[], whole = true): ReplayReport => {
  const replay = new Replay({ whole });
  for (const event of events) if (!replay.take(event)) break;
  return replay.end();
};
const events = written();
const placesOf = (name: string): readonly number[] =>
  events.flatMap((event, i) => (event.type === name ? [i] : []));
const changed = (
  place: number,
  change: (data: Record<string, unknown>) => object,
): readonly RecordedEvent[] =>
  events.map((event, i) =>
    i === place ? { ...event, data: change(structuredClone(event.data) as Record<string, unknown>) } : event,
  );

describe('a log with adaptive thresholds', () => {
  it.each([true, false])('replays without a difference (whole: %s)', (whole) => {
    const { difference, unknown, checked } = replayed(events, whole);
    expect([difference, unknown]).toEqual([null, {}]);
    expect(placesOf('ThresholdAdapted')).toHaveLength(1);
    expect(placesOf('ThresholdSigned')).toHaveLength(1);
    // Five decisions, and the figures of three of them.
    expect([checked['threshold'], checked['evaluation']]).toEqual([8, 4]);
  });

  it('finds figures that contradict the log, even if the decision follows from them', () => {
    const [place = 0] = placesOf('ThresholdAdapted');
    const { difference } = replayed(
      changed(place, (data) => ({ ...data, data: { ...(data['data'] as object), bad: 7 } })),
    );
    expect(difference).toMatchObject({
      kind: 'threshold',
      what: 'the outcomes that the thresholds were moved by',
    });
  });

  it('finds a move that does not follow from its figures, and one with outdated figures', () => {
    const [place = 0] = placesOf('ThresholdAdapted');
    expect(replayed(changed(place, (data) => ({ ...data, to: 0.01 }))).difference).toMatchObject({
      kind: 'threshold',
    });
    expect(
      replayed(
        changed(place, (data) => ({ ...data, data: { ...(data['data'] as object), position: '999' } })),
      ).difference,
    ).toMatchObject({ kind: 'threshold' });
  });

  it('finds an evaluation with wrong thresholds, and one that omits a shift', () => {
    const [, second = 0, third = 0] = placesOf('EvaluationRecorded');
    const configured = defaultAutoApprovalConfig.confidence_thresholds;
    const without = ({ threshold_shift: _shift, ...data }: Record<string, unknown>): object => ({
      ...data,
      confidence_thresholds: configured,
    });
    expect(replayed(changed(second, without)).difference?.what).toContain('the adaptive thresholds were');
    const looser = replayed(
      changed(third, (data) => ({
        ...data,
        threshold_shift: { shift: -0.1, revision: '3' },
        confidence_thresholds: shiftedThresholds(configured, -0.1),
      })),
    );
    expect(looser.difference?.what).toContain('the adaptive thresholds were');
    expect(
      replayed(changed(second, (data) => ({ ...data, confidence_thresholds: configured }))).difference?.what,
    ).toContain("the confidence thresholds are not the tenant's");
  });

  it('replays without a difference if the file begins after the outcomes', () => {
    const [enabled = 0] = placesOf('AdaptiveThresholdsEnabled');
    const cut = events.filter((event, i) => i <= enabled || i > enabled + 10);
    const { difference } = replayed(cut, false);
    expect(difference).toBeNull();
  });
});

describe("the auto-approval policy's answer", () => {
  it('is replayed with the shift that it names, which must be the one that held', () => {
    const thresholds = new ThresholdReplay(true);
    const [place = 0] = placesOf('ThresholdAdapted');
    for (const event of events.slice(0, place + 1))
      if (event.stream === thresholdStream(tenant, type))
        thresholds.take(event, { category: 'autonomy', tenant, id: `threshold=${type}` });
    const at = new Date(Date.parse(events[place]?.metadata.occurred_at ?? '') + 1000).toISOString();
    const input = {
      tenant_id: tenant,
      account_id: 'ran',
      action_type: type,
      confidence_score: 0.71,
      risk_level: 'LOW',
      autonomy_mode: 'AUTO_EXECUTE',
      external_contact: false,
    } as const;
    const differs = (shift: ThresholdShift | undefined): boolean => {
      const config = {
        ...defaultAutoApprovalConfig,
        confidence_thresholds: shiftedThresholds(
          defaultAutoApprovalConfig.confidence_thresholds,
          shift?.shift ?? 0,
        ),
      };
      const answer = {
        ...evaluateAutoApproval(input, config),
        config: structuredClone(config) as never,
        version: 'default',
        ...(shift === undefined ? {} : { threshold_shift: shift }),
      };
      return new AutoApprovalReplay(true, thresholds)
        .check(tenant, at, { input, answer })
        .some((found) => !('recorded' in found) || !sameJson(found.recorded, found.replayed));
    };
    expect(differs({ shift: 0.02, revision: '1' })).toBe(false);
    expect(differs({ shift: 0.01, revision: '1' })).toBe(true);
    expect(differs({ shift: 0.02, revision: '9' })).toBe(true);
    expect(differs(undefined)).toBe(true);
  });
});
