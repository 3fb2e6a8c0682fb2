import type { JsonValue, PostureInputs, PostureSignalName, Timestamp, Violation } from '@interlock/contracts';
import { isExistingTime, refuseViolations, type Decider } from '@interlock/kernel';

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

/** The short names under which reporters may report too. */
const shortNames: { readonly [short: string]: PostureSignalName } = {
  trust_lock: 'trust_locked',
  integrity: 'integrity_score',
  consensus: 'consensus_pct',
  reputation: 'reputation_score',
};

/** The signal of a name or short name; undefined if there is none. */
export const signalOf = (name: string): PostureSignalName | undefined =>
  isSignalName(name) ? name : Object.hasOwn(shortNames, name) ? shortNames[name] : undefined;

/** Every name of a signal, its own first. */
export const namesOf = (signal: PostureSignalName): readonly string[] => [
  signal,
  ...Object.keys(shortNames).filter((short) => shortNames[short] === signal),
];

/** The safe defaults for signals that nobody reports. */
export const defaultInputs: PostureInputs = {
  trust_locked: false,
  integrity_score: 100,
  consensus_pct: 100,
  reputation_score: 100,
  forecast_risk: 'low',
  recent_responses: 0,
};

const forecastRisks = ['low', 'medium', 'high'] as const;

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

/** The faults of a signal's value; without any it is usable. */
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

/** Above 0 if the first value is worse, below 0 if the second is. */
export const compareBadness = (name: PostureSignalName, a: JsonValue, b: JsonValue): number =>
  badness[name](a) - badness[name](b);

/** The origin of a report: Interlock itself, or an external reporter. */
export const signalOrigins = ['internal', 'external'] as const;
export type SignalOrigin = (typeof signalOrigins)[number];

/**
 * A reported value, the time at which it was true (`at`), and its source. `unwitnessed`: it is one
 * voter's statement about itself.
 */
export type SignalReport = {
  readonly value: JsonValue;
  readonly at: Timestamp;
  readonly source: string;
  readonly unwitnessed?: true;
  /**
   * The credential that reported it, in the form of `actorKey`. Absent on Interlock's own reports,
   * and on older ones.
   */
  readonly credential?: string;
};

export type SignalEvent =
  /** Version 1 had no origin, because all reports were external. */
  | {
      readonly type: 'SignalReported';
      readonly data: SignalReport & {
        readonly name: PostureSignalName;
        readonly origin?: SignalOrigin;
        /**
         * The last report of each other credential. They still count, although a stream keeps only
         * its newest events.
         */
        readonly others?: readonly SignalReport[];
      };
    }
  /** A malformed report, which was refused. */
  | {
      readonly type: 'SignalRefused';
      readonly data: {
        readonly name: PostureSignalName;
        readonly source: string;
        readonly violations: readonly Violation[];
      };
    };

/** A report as received. */
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
  /** The external reporter, in the form of `actorKey`. */
  readonly credential?: string;
  /** Faults of the source, such as a file that is not JSON. */
  readonly faults?: readonly Violation[];
};
export type SignalCommand =
  | ReportCommand
  /** A malformed report; its value is not kept. */
  | {
      readonly kind: 'RefuseReport';
      readonly name: PostureSignalName;
      readonly source: string;
      readonly violations: readonly Violation[];
      readonly now: Timestamp;
    };

export type SignalState = {
  /** The last valid external report. */
  readonly report: SignalReport | null;
  /** The last valid report of each other credential. */
  readonly others?: readonly SignalReport[];
  /** Interlock's own last measurement. */
  readonly internal?: SignalReport | null;
  /** The faults of the last report, until a valid one arrives. */
  readonly refused: {
    readonly at: Timestamp;
    readonly source: string;
    readonly violations: readonly Violation[];
  } | null;
};

/**
 * How far ahead of the service's clock a report may be, in seconds. A later one would look fresh
 * for too long.
 */
const maxSkewS = 30;
/** A kept report further ahead than this can only result from a clock that was set back since. */
const firstMaxSkewS = 60;

/**
 * The largest number of further credentials whose reports of one signal are kept, the worst first.
 */
const maxOthers = 16;

const timePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/** The same as `isImplausible` for times in milliseconds since 1970. */
export const isTooFarAhead = (atMs: number, nowMs: number): boolean => atMs > nowMs + firstMaxSkewS * 1000;

/** True for a time so far ahead that the clock must have been set back since it was written. */
const isImplausible = (at: Timestamp, now: Timestamp): boolean =>
  isTooFarAhead(Date.parse(at), Date.parse(now));

const checkTime = (at: unknown, now: Timestamp): readonly Violation[] => {
  if (at === undefined) return [];
  if (typeof at !== 'string' || !timePattern.test(at) || !isExistingTime(at))
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

/** The command for a report; a malformed one is only refused. */
export const signalCommand = (report: ReportCommand): SignalCommand => {
  const violations = checkReport(report);
  const { name, source, now } = report;
  return violations.length === 0 ? report : { kind: 'RefuseReport', name, source, violations, now };
};

const sameViolations = (a: readonly Violation[], b: readonly Violation[]): boolean =>
  a.length === b.length &&
  a.every((fault, i) => fault.pointer === b[i]?.pointer && fault.detail === b[i]?.detail);

/**
 * Stream of `signalStream`. The reports of each credential are ordered by their `at`, not by
 * arrival, and the last one of each is kept, so that no reporter hides another's report. A report
 * dated before the last one writes nothing, nor does a repeat, because the bus may deliver a
 * message late or again. Within a second, a worse report is kept whatever its order. A last report
 * ahead of a clock that was set back since blocks nothing. A malformed report is refused and
 * recorded, once as long as its faults and its source stay the same.
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

/** The newest and the worst report are kept of each second. */
const secondMs = 1000;

/** False for a repeat, and for a report dated before the last, unless it is its second's worst. */
const isNews = (
  name: PostureSignalName,
  report: Pick<SignalReport, 'value' | 'at'>,
  last: SignalReport,
): boolean => {
  const laterMs = Date.parse(report.at) - Date.parse(last.at);
  return laterMs > 0 || (laterMs > -secondMs && compareBadness(name, report.value, last.value) > 0);
};

/** The reports of the other credentials that still count. */
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

/** The last valid report of each credential, newest first. */
export const externalReports = ({ report, others = [] }: SignalState): readonly SignalReport[] =>
  report === null ? [] : [report, ...others];

/** The last valid report of an origin; null if there was none. */
export const lastOf = (state: SignalState, origin: SignalOrigin): SignalReport | null =>
  origin === 'internal' ? (state.internal ?? null) : state.report;
