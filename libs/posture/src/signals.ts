import type { JsonValue, PostureInputs, PostureSignalName, Timestamp, Violation } from '@interlock/contracts';
import type { Decider } from '@interlock/kernel';

/** The six signals of seed 001, in its order. */
export const signalNames = [
  'trust_locked',
  'integrity_score',
  'consensus_pct',
  'reputation_score',
  'forecast_risk',
  'recent_responses',
] as const satisfies readonly PostureSignalName[];

/** True for the name of a signal. */
export const isSignalName = (name: string): name is PostureSignalName =>
  (signalNames as readonly string[]).includes(name);

/** What stands for a signal that nobody reports: seed 001's safe defaults. */
export const defaultInputs: PostureInputs = {
  trust_locked: false,
  integrity_score: 100,
  consensus_pct: 100,
  reputation_score: 100,
  forecast_risk: 'low',
  recent_responses: 0,
};

export const forecastRisks = ['low', 'medium', 'high'] as const;

const isScore = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 100;

const domains: {
  readonly [name in PostureSignalName]: {
    readonly holds: (value: unknown) => boolean;
    readonly detail: string;
  };
} = {
  trust_locked: { holds: (value) => typeof value === 'boolean', detail: 'must be true or false' },
  integrity_score: { holds: isScore, detail: 'must be a number from 0 to 100' },
  consensus_pct: { holds: isScore, detail: 'must be a number from 0 to 100' },
  reputation_score: { holds: isScore, detail: 'must be a number from 0 to 100' },
  forecast_risk: {
    holds: (value) => (forecastRisks as readonly unknown[]).includes(value),
    detail: `must be one of ${forecastRisks.join(', ')}`,
  },
  recent_responses: {
    holds: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
    detail: 'must be a whole number from 0',
  },
};

/** What is wrong with a signal's value; none: it may be used. */
export const checkSignal = (name: PostureSignalName, value: unknown): readonly Violation[] =>
  value === undefined
    ? [{ pointer: '/value', detail: 'is required' }]
    : domains[name].holds(value)
      ? []
      : [{ pointer: '/value', detail: domains[name].detail }];

const badness: { readonly [name in PostureSignalName]: (value: JsonValue) => number } = {
  trust_locked: (value) => (value === true ? 1 : 0),
  integrity_score: (value) => -(value as number),
  consensus_pct: (value) => -(value as number),
  reputation_score: (value) => -(value as number),
  forecast_risk: (value) => (forecastRisks as readonly JsonValue[]).indexOf(value),
  recent_responses: (value) => value as number,
};

/** Above 0 where the first value is the worse, below 0 where the second is. */
export const compareBadness = (name: PostureSignalName, a: JsonValue, b: JsonValue): number =>
  badness[name](a) - badness[name](b);

/** Who measured: Interlock itself, or somebody who reported it. */
export const signalOrigins = ['internal', 'external'] as const;
export type SignalOrigin = (typeof signalOrigins)[number];

/** A reported value: when it was true (`at`), and who says so. `unwitnessed`: it is one voter's word about itself. */
export type SignalReport = {
  readonly value: JsonValue;
  readonly at: Timestamp;
  readonly source: string;
  readonly unwitnessed?: true;
};

export type SignalEvent =
  /** Version 1 had no origin: everything was reported from outside. */
  | {
      readonly type: 'SignalReported';
      readonly data: SignalReport & { readonly name: PostureSignalName; readonly origin?: SignalOrigin };
    }
  /** A malformed report: kept out. */
  | {
      readonly type: 'SignalRefused';
      readonly data: {
        readonly name: PostureSignalName;
        readonly source: string;
        readonly violations: readonly Violation[];
      };
    };

export type SignalCommand = {
  readonly kind: 'ReportSignal';
  readonly name: PostureSignalName;
  readonly value: unknown;
  /** Absent: now. */
  readonly at?: unknown;
  readonly source: string;
  readonly now: Timestamp;
  /** Absent: external. */
  readonly origin?: SignalOrigin;
  readonly unwitnessed?: true;
  /** What was wrong with where the value was read from, such as a file that is no JSON. */
  readonly faults?: readonly Violation[];
  /** `first`: as version 1 of the event was decided, whose reports might lie 60 s ahead and named no origin. */
  readonly rules?: 'first';
};

export type SignalState = {
  /** The last good one from outside. */
  readonly report: SignalReport | null;
  /** The last that Interlock measured itself. */
  readonly internal?: SignalReport | null;
  /** What was wrong with the last report, until a good one comes. */
  readonly refused: {
    readonly at: Timestamp;
    readonly source: string;
    readonly violations: readonly Violation[];
  } | null;
};

/** How far ahead of the service's clock a report may be, in seconds: a later one would look fresh for too long. */
export const maxSkewS = 30;
/** The same under the first rules. A kept report that lies further ahead than this can only be of a clock that stepped back since. */
export const firstMaxSkewS = 60;

const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** True for a time that lies so far ahead that the clock must have stepped back since it was written. */
export const isImplausible = (at: Timestamp, now: Timestamp): boolean =>
  Date.parse(at) > Date.parse(now) + firstMaxSkewS * 1000;

const checkTime = (at: unknown, now: Timestamp, maxSkewS: number): readonly Violation[] => {
  if (at === undefined) return [];
  if (typeof at !== 'string' || !timePattern.test(at) || Number.isNaN(Date.parse(at)))
    return [{ pointer: '/at', detail: 'must be a time as of RFC 3339' }];
  return Date.parse(at) > Date.parse(now) + maxSkewS * 1000
    ? [{ pointer: '/at', detail: `must not be more than ${maxSkewS} s in the future` }]
    : [];
};

/** Every fault of a report. */
export const checkReport = ({
  name,
  value,
  at,
  now,
  faults = [],
  rules,
}: Pick<SignalCommand, 'name' | 'value' | 'at' | 'now' | 'faults' | 'rules'>): readonly Violation[] => [
  ...faults,
  ...(faults.length > 0 && value === undefined ? [] : checkSignal(name, value)),
  ...checkTime(at, now, rules === 'first' ? firstMaxSkewS : maxSkewS),
];

const sameViolations = (a: readonly Violation[], b: readonly Violation[]): boolean =>
  a.length === b.length &&
  a.every((fault, i) => fault.pointer === b[i]?.pointer && fault.detail === b[i]?.detail);

/**
 * Stream of `signalStream`. Of each origin, a good report that is later than its last one is kept; an earlier or repeated one writes nothing. A last one that lies
 * ahead of a clock that stepped back since holds up nothing. A malformed one is kept out and recorded, once as long as its faults and its source are the same.
 */
export const signalDecider: Decider<SignalCommand, SignalEvent, SignalState> = {
  name: 'signal',
  types: ['SignalReported', 'SignalRefused'],
  schemaVersions: { SignalReported: 2 },
  initial: { report: null, refused: null },
  decide: (command, state) => {
    const { name, source, now, origin = 'external', unwitnessed, rules } = command;
    const violations = checkReport(command);
    if (violations.length > 0) {
      const known =
        state.refused !== null &&
        state.refused.source === source &&
        sameViolations(state.refused.violations, violations);
      return known ? [] : [{ type: 'SignalRefused', data: { name, source, violations } }];
    }
    const at = new Date(command.at === undefined ? now : (command.at as string)).toISOString();
    const last = lastOf(state, origin);
    if (last !== null && !isImplausible(last.at, now) && Date.parse(at) <= Date.parse(last.at)) return [];
    return [
      {
        type: 'SignalReported',
        data: {
          name,
          value: command.value as JsonValue,
          at,
          source,
          ...(rules === 'first' ? {} : { origin }),
          ...(unwitnessed === true ? { unwitnessed } : {}),
        },
      },
    ];
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'SignalReported': {
        const { value, at, source, unwitnessed, origin } = event.data;
        const report = { value, at, source, ...(unwitnessed === true ? { unwitnessed } : {}) };
        return origin === 'internal' ? { ...state, internal: report } : { ...state, report, refused: null };
      }
      case 'SignalRefused':
        return {
          ...state,
          refused: {
            at: event.metadata.occurred_at,
            source: event.data.source,
            violations: event.data.violations,
          },
        };
    }
  },
};

/** The last good report of an origin; null where there was none. */
export const lastOf = (state: SignalState, origin: SignalOrigin): SignalReport | null =>
  origin === 'internal' ? (state.internal ?? null) : state.report;
