import {
  defaults,
  postureLevels,
  type PostureGateTable,
  type PostureSignalName,
  type PostureThresholds,
  type Timestamp,
  type Violation,
} from '@interlock/contracts';
import { canonicalJson, type Decider } from '@interlock/kernel';
import { defaultThresholds, type OrangeThresholds } from './level/thresholds.js';

/** A tenant's posture settings (stream `posture-<tenant>:config`). */
export type PostureConfig = {
  readonly thresholds: PostureThresholds;
  /** null: ORANGE is off. */
  readonly orange: OrangeThresholds | null;
  /**
   * `yellow`: a defaulted or stale signal keeps the effective level at YELLOW or worse; `seed`: it
   * does not.
   */
  readonly on_missing: 'yellow' | 'seed';
  /** Seconds before the effective level improves; 0: at once. */
  readonly dwell_s: number;
  /** Seconds after which a report is stale; null: never. */
  readonly max_age_s: { readonly [name in PostureSignalName]: number | null };
  /**
   * The sources of signals. An absent signal is measured by Interlock, and by both from the first
   * external report on.
   */
  readonly sources?: SignalSources;
  /** The effect of the posture gate at each level; absent: the gate's defaults. */
  readonly gate?: PostureGateTable;
};

/**
 * `both`: the worse of Interlock's measurement and the external report; an external report is then
 * expected.
 */
export const signalSources = ['internal', 'external', 'both'] as const;
export type SignalSource = (typeof signalSources)[number];
export type SignalSources = { readonly [name in PostureSignalName]?: SignalSource };

const age = defaults.signal_max_age_s;

export const defaultPostureConfig: PostureConfig = {
  thresholds: defaultThresholds,
  orange: null,
  on_missing: 'yellow',
  dwell_s: defaults.posture_dwell_s,
  max_age_s: {
    trust_locked: null,
    integrity_score: age,
    consensus_pct: age,
    reputation_score: age,
    forecast_risk: age,
    recent_responses: age,
  },
};

/** Faults that no single member shows: thresholds in the wrong order. */
export const checkPostureConfig = ({
  thresholds: t,
  orange,
  gate,
}: Pick<PostureConfig, 'thresholds' | 'orange' | 'gate'>): readonly Violation[] => {
  const faults: Violation[] = [];
  const atMost = (low: number, high: number, pointer: string, detail: string): void => {
    if (low > high) faults.push({ pointer, detail });
  };
  atMost(
    t.red_integrity,
    t.yellow_integrity,
    '/thresholds/red_integrity',
    'must not be above yellow_integrity',
  );
  atMost(
    t.red_consensus,
    t.yellow_consensus,
    '/thresholds/red_consensus',
    'must not be above yellow_consensus',
  );
  atMost(
    t.yellow_responses,
    t.red_responses,
    '/thresholds/red_responses',
    'must not be below yellow_responses',
  );
  if (orange !== null) {
    const between = (value: number, a: number, b: number, name: string): void => {
      if (value < Math.min(a, b) || value > Math.max(a, b))
        faults.push({
          pointer: `/orange/${name}`,
          detail: 'must lie between the thresholds of RED and YELLOW',
        });
    };
    between(orange.orange_integrity, t.red_integrity, t.yellow_integrity, 'orange_integrity');
    between(orange.orange_consensus, t.red_consensus, t.yellow_consensus, 'orange_consensus');
    between(orange.orange_responses, t.red_responses, t.yellow_responses, 'orange_responses');
  }
  return [...faults, ...(gate === undefined ? [] : checkGateTable(gate))];
};

const strictness = ['pass', 'approval', 'deny'] as const;

/**
 * A worse level never permits what a better one does not, and RED permits nothing without a person.
 */
const checkGateTable = (table: PostureGateTable): readonly Violation[] => [
  ...postureLevels.flatMap((level, i) => {
    const better = postureLevels[i - 1];
    return better !== undefined && strictness.indexOf(table[level]) < strictness.indexOf(table[better])
      ? [{ pointer: `/gate/${level}`, detail: `must not be laxer than ${better}` }]
      : [];
  }),
  ...(table.RED === 'pass' ? [{ pointer: '/gate/RED', detail: 'must be approval or deny' }] : []),
];

export type PostureConfigEvent = { readonly type: 'PostureConfigured'; readonly data: PostureConfig };
export type PostureConfigCommand =
  | { readonly kind: 'ConfigurePosture'; readonly config: PostureConfig }
  /** The first external report of a signal has arrived; from now on both sources count. */
  | { readonly kind: 'TakeExternal'; readonly name: PostureSignalName };
export type PostureConfigState = { readonly config: PostureConfig; readonly updated_at: Timestamp | null };

/**
 * Stream of `postureConfigStream`; each event holds the whole configuration. Setting the same again
 * writes nothing.
 */
export const postureConfigDecider: Decider<PostureConfigCommand, PostureConfigEvent, PostureConfigState> = {
  name: 'posture configuration',
  types: ['PostureConfigured'],
  initial: { config: defaultPostureConfig, updated_at: null },
  decide: (command, state) => {
    if (command.kind === 'TakeExternal') {
      const { config } = state;
      return config.sources?.[command.name] === undefined
        ? [
            {
              type: 'PostureConfigured',
              data: { ...config, sources: { ...config.sources, [command.name]: 'both' } },
            },
          ]
        : [];
    }
    return state.updated_at !== null && canonicalJson(command.config) === canonicalJson(state.config)
      ? []
      : [{ type: 'PostureConfigured', data: command.config }];
  },
  evolve: (_state, { data, metadata }) => ({ config: data, updated_at: metadata.occurred_at }),
};
