import type { JsonValue, PostureInputs, PostureSignalName, Timestamp, Violation } from '@interlock/contracts';
import { refuseViolations, type Decider } from '@interlock/kernel';

/** The six signals, in their order. */
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

/** The safe defaults for signals that nobody reports. */
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

/**
 * A reported value: when it was true (`at`), and who says so. `unwitnessed`: it is one voter's word
 * about itself.
 */
export type SignalReport = {
  readonly value: JsonValue;
  readonly at: Timestamp;
  readonly source: string;
  readonly unwitnessed?: true;
  /**
   * The credential that reported it, as `actorKey` has it; absent on Interlock's own, and before
   * credentials were kept.
   */
  readonly credential?: string;
};

export type SignalEvent =
  /** Version 1 had no origin: everything was reported from outside. */
  | {
      readonly type: 'SignalReported';
      readonly data: SignalReport & {
        readonly name: PostureSignalName;
        readonly origin?: SignalOrigin;
        /**
         * The last report of each other credential: a stream keeps its newest events only, and
         * these still count.
         */
        readonly others?: readonly SignalReport[];
      };
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

/** A report as it came. */
export type ReportCommand = {
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
  /** Who reports from outside, as `actorKey` has it. */
  readonly credential?: string;
  /** What was wrong with where the value was read from, such as a file that is no JSON. */
  readonly faults?: readonly Violation[];
};
export type SignalCommand =
  | ReportCommand
  /** A malformed report. What it said is kept nowhere. */
  | {
      readonly kind: 'RefuseReport';
      readonly name: PostureSignalName;
      readonly source: string;
      readonly violations: readonly Violation[];
      readonly now: Timestamp;
    };

export type SignalState = {
  /** The last good one from outside. */
  readonly report: SignalReport | null;
  /** The last good one of each other credential. */
  readonly others?: readonly SignalReport[];
  /** The last that Interlock measured itself. */
  readonly internal?: SignalReport | null;
  /** What was wrong with the last report, until a good one comes. */
  readonly refused: {
    readonly at: Timestamp;
    readonly source: string;
    readonly violations: readonly Violation[];
  } | null;
};

/**
 * How far ahead of the service's clock a report may be, in seconds: a later one would look fresh
 * for too long.
 */
const maxSkewS = 2;
/**
 * A kept report that lies further ahead than this can only be of a clock that stepped back since.
 */
const firstMaxSkewS = 60;

/** Credentials beside the last whose reports of one signal are kept, the worst first. */
const maxOthers = 16;

const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * True for a time that lies so far ahead that the clock must have stepped back since it was
 * written.
 */
export const isImplausible = (at: Timestamp, now: Timestamp): boolean =>
  Date.parse(at) > Date.parse(now) + firstMaxSkewS * 1000;

const checkTime = (at: unknown, now: Timestamp): readonly Violation[] => {
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
}: Pick<ReportCommand, 'name' | 'value' | 'at' | 'now' | 'faults'>): readonly Violation[] => [
  ...faults,
  ...(faults.length > 0 && value === undefined ? [] : checkSignal(name, value)),
  ...checkTime(at, now),
];

/** The command that a report comes to: a malformed one is only refused. */
export const signalCommand = (report: ReportCommand): SignalCommand => {
  const violations = checkReport(report);
  const { name, source, now } = report;
  return violations.length === 0 ? report : { kind: 'RefuseReport', name, source, violations, now };
};

const sameViolations = (a: readonly Violation[], b: readonly Violation[]): boolean =>
  a.length === b.length &&
  a.every((fault, i) => fault.pointer === b[i]?.pointer && fault.detail === b[i]?.detail);

/**
 * Stream of `signalStream`. Reports are ordered as they arrive, and the last of each credential is
 * kept, so that nobody hides what another reports. What a credential repeats writes nothing, nor
 * does a better one that is dated before its last: the bus delivers a message again. A last one
 * that lies ahead of a clock that stepped back since holds up nothing. A malformed one is kept out
 * and recorded, once as long as its faults and its source are the same.
 */
export const signalDecider: Decider<SignalCommand, SignalEvent, SignalState> = {
  name: 'signal',
  types: ['SignalReported', 'SignalRefused'],
  initial: { report: null, refused: null },
  decide: (command, state) => {
    if (command.kind === 'RefuseReport') {
      const { name, source, violations } = command;
      const known =
        state.refused !== null &&
        state.refused.source === source &&
        sameViolations(state.refused.violations, violations);
      return known ? [] : [{ type: 'SignalRefused', data: { name, source, violations } }];
    }
    refuseViolations(checkReport(command), 'the report');
    const { name, source, now, origin = 'external', unwitnessed, credential } = command;
    const at = new Date(command.at === undefined ? now : (command.at as string)).toISOString();
    const value = command.value as JsonValue;
    const kept = origin === 'internal' ? [lastOf(state, origin) ?? []].flat() : externalReports(state);
    const last = kept.find((report) => report.credential === credential);
    if (last !== undefined && !isImplausible(last.at, now) && !isNews(name, { value, at }, last)) return [];
    const others = othersOf(name, kept, credential);
    return [
      {
        type: 'SignalReported',
        data: {
          name,
          value,
          at,
          source,
          origin,
          ...(unwitnessed === true ? { unwitnessed } : {}),
          ...(credential === undefined ? {} : { credential }),
          ...(others.length === 0 ? {} : { others }),
        },
      },
    ];
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'SignalReported': {
        const { value, at, source, unwitnessed, origin, credential, others } = event.data;
        const report = {
          value,
          at,
          source,
          ...(unwitnessed === true ? { unwitnessed } : {}),
          ...(credential === undefined ? {} : { credential }),
        };
        if (origin === 'internal') return { ...state, internal: report };
        const { others: _before, ...rest } = state;
        return { ...rest, report, refused: null, ...(others === undefined ? {} : { others }) };
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

/** False for what is repeated, and for a better report that is dated before the last. */
const isNews = (
  name: PostureSignalName,
  report: Pick<SignalReport, 'value' | 'at'>,
  last: SignalReport,
): boolean =>
  Date.parse(report.at) > Date.parse(last.at) || compareBadness(name, report.value, last.value) > 0;

/** What counts of the other credentials. */
const othersOf = (
  name: PostureSignalName,
  kept: readonly SignalReport[],
  credential: string | undefined,
): readonly SignalReport[] =>
  credential === undefined
    ? []
    : kept
        .filter((report) => report.credential !== undefined && report.credential !== credential)
        .sort((a, b) => compareBadness(name, b.value, a.value))
        .slice(0, maxOthers);

/** The last good report of each credential, the newest first. */
export const externalReports = ({ report, others = [] }: SignalState): readonly SignalReport[] =>
  report === null ? [] : [report, ...others];

/** The last good report of an origin; null where there was none. */
export const lastOf = (state: SignalState, origin: SignalOrigin): SignalReport | null =>
  origin === 'internal' ? (state.internal ?? null) : state.report;
