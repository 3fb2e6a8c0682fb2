import { postureLevels, type Loosened, type PostureGateTable } from '@interlock/contracts';
import { whereLooser, whereLowered, whereRaised, type Loosens } from '@interlock/kernel';
import { signalNames } from './level/signals.js';
import type { PostureConfig, SignalSource } from './config.js';

/**
 * Values from which a level gets worse when they fall; a higher threshold is stricter.
 */
const scores = [
  'red_integrity',
  'red_consensus',
  'yellow_integrity',
  'yellow_consensus',
  'yellow_reputation',
] as const;
/** Counts from which a level gets worse when they rise; a lower threshold is stricter. */
const counts = ['red_responses', 'yellow_responses'] as const;
const strictestGate: readonly PostureGateTable['RED'][] = ['deny', 'approval', 'pass'];

const orangeLoosens: Loosens<PostureConfig['orange']> = (before, after) => {
  if (before === null) return [];
  if (after === null) return [{ pointer: '/orange', detail: 'is removed' }];
  return [
    ...whereLowered('/orange/orange_integrity', before.orange_integrity, after.orange_integrity),
    ...whereLowered('/orange/orange_consensus', before.orange_consensus, after.orange_consensus),
    ...whereRaised('/orange/orange_responses', before.orange_responses, after.orange_responses),
  ];
};

/** `both` is the worse of the other two. These cannot be compared, so a swap of them loosens. */
const sourceLoosens = (
  pointer: string,
  before: SignalSource | undefined,
  after: SignalSource | undefined,
): readonly Loosened[] =>
  before === after || after === 'both'
    ? []
    : [{ pointer, detail: `changes from ${before ?? 'the default'} to ${after ?? 'the default'}` }];

/**
 * `gate` is the table of a tenant that has none of its own. A change loosens if a level or its gate
 * would be better than before for some signals.
 */
export const postureLoosens =
  (gate: PostureGateTable): Loosens<PostureConfig> =>
  (before, after) => [
    ...scores.flatMap((name) =>
      whereLowered(`/thresholds/${name}`, before.thresholds[name], after.thresholds[name]),
    ),
    ...counts.flatMap((name) =>
      whereRaised(`/thresholds/${name}`, before.thresholds[name], after.thresholds[name]),
    ),
    ...orangeLoosens(before.orange, after.orange),
    ...whereLooser('/on_missing', ['yellow', 'seed'], before.on_missing, after.on_missing),
    ...whereLowered('/dwell_s', before.dwell_s, after.dwell_s),
    ...signalNames.flatMap((name) => [
      ...whereRaised(`/max_age_s/${name}`, before.max_age_s[name], after.max_age_s[name]),
      ...sourceLoosens(`/sources/${name}`, before.sources?.[name], after.sources?.[name]),
    ]),
    ...postureLevels.flatMap((level) =>
      whereLooser(`/gate/${level}`, strictestGate, (before.gate ?? gate)[level], (after.gate ?? gate)[level]),
    ),
  ];
