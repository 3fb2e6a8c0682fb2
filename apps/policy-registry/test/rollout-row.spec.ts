import { describe, expect, it } from '@jest/globals';
import { evolveRecorded, type RecordedEvent } from '@interlock/kernel';
import {
  defaultRolloutSettings,
  emptyCounts,
  judgeStage,
  rolloutDecider,
  rolloutStream,
  type GateReport,
  type RolloutCommand,
  type RolloutEvent,
} from '@interlock/policy';
import { foldRow, type ProjectedEvent } from '@interlock/postgres';
import { recordedStreams } from '@interlock/testing';
import { rolloutFold, shownRollout, type RolloutsTable } from '../src/rollout/rollout-row.js';
import { standingOf } from '../src/rollout/rollout.views.js';
import { lived, person } from './lived.js';

const rowAfter = (events: readonly RecordedEvent[]): RolloutsTable | undefined =>
  events.reduce<RolloutsTable | undefined>(
    (row, event) => foldRow(rolloutFold, row, event as ProjectedEvent<RolloutEvent>),
    undefined,
  );

/** After each event the row, and the status of every bundle, match the decider's state. */
const expectSame = (events: readonly RecordedEvent[]): void => {
  events.forEach((_, i) => {
    const before = events.slice(0, i + 1);
    const row = rowAfter(before);
    const shown = shownRollout(row);
    const state = before.reduce(
      (folded, event) => evolveRecorded(rolloutDecider, folded, event),
      rolloutDecider.initial,
    );
    expect(shown).toEqual(state);
    expect(row?.busy).toBe(state.canary !== null || state.bypass !== null);
    for (const id of ['a', 'b', 'c', 'd', 'none'])
      expect(standingOf(shown, id)).toEqual(standingOf(state, id));
  });
};

const ann = person('ann');
const now = '2026-02-01T00:00:00.000Z';
const goodGates = (pct: number): GateReport =>
  judgeStage(
    {
      ...emptyCounts,
      decisions: 1000,
      requests: (1000 * 100) / pct,
      executions: 1000,
      split: { ...emptyCounts.split, units: 1000, canary: pct * 10 },
    },
    pct,
    defaultRolloutSettings,
    { candidate: 0, active: 0 },
  );
const activate = (id: string): RolloutCommand => ({
  kind: 'ActivateBundle',
  bundle_id: id,
  bundle_version: `v-${id}`,
  bundle_hash: `h-${id}`,
  approval_id: `a-${id}`,
});
const promote = (id: string, pct: number): RolloutCommand => ({
  kind: 'PromoteCanary',
  bundle_id: id,
  trigger: 'person',
  reason: 'clear figures',
  verdicts: goodGates(pct),
  now,
});
const back = (id: string): RolloutCommand => ({
  kind: 'RollBackBundle',
  bundle_id: id,
  trigger: 'person',
  reason: 'error spike',
  verdicts: null,
});
const commands: readonly RolloutCommand[] = [
  activate('a'),
  activate('b'),
  { kind: 'HoldCanary', bundle_id: 'b', reason: 'look', until: '2026-03-01T00:00:00.000Z', now },
  { kind: 'ReleaseCanary', bundle_id: 'b', reason: 'fine' },
  { kind: 'SchedulePromotion', bundle_id: 'b', at: '2026-03-01T00:00:00.000Z', now },
  { kind: 'UnschedulePromotion', bundle_id: 'b' },
  { kind: 'SchedulePromotion', bundle_id: 'b', at: '2026-03-02T00:00:00.000Z', now },
  promote('b', 10),
  promote('b', 50),
  { kind: 'BypassPolicy', reason: 'fire', minutes: 5, now },
  { kind: 'EndBypass', reason: 'ended', now },
  activate('c'),
  { kind: 'PageForBundle', bundle_id: 'c', incident_id: 'i-1', reason: 'look' },
  { kind: 'ConfigureRollout', settings: { ...defaultRolloutSettings, auto_promote: true } },
  back('c'),
  activate('d'),
  back('b'),
  back('a'),
];
const events = lived(
  rolloutDecider,
  rolloutStream('demo', 'all'),
  commands.map((command) => [ann, command] as const),
);

describe('the row of a rollout', () => {
  it.each(recordedStreams('rollout'))("shows the decider's state after each event of %s", (_, recorded) => {
    expectSame(recorded);
  });

  it("shows the decider's state after each event of a life with all event types", () => {
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(rolloutDecider.types));
    expectSame(events);
    expect(rowAfter(events)).toMatchObject({
      scope: 'all',
      active: null,
      withdrawn: true,
      rolled_back: ['c', 'b', 'd', 'a'],
      paged: ['c i-1'],
    });
  });

  it('shows the defaults if there is no row, and stores none if nobody has set any', () => {
    expect(shownRollout(undefined)).toEqual(rolloutDecider.initial);
    expect(rowAfter(events.slice(0, 1))?.settings).toBeNull();
    expect(rowAfter(events)?.settings).toMatchObject({ auto_promote: true });
  });
});
