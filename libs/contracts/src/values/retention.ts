import type { Timestamp } from './names.js';

/** The services that have data with a limited retention. */
export type RetentionOwner = 'netconf-gateway' | 'policy-registry' | 'alerting' | 'audit' | 'safety-rails';

/**
 * The kinds of data for which a tenant may limit the retention, and the service that removes each.
 */
export const retained = {
  kpis: { owner: 'netconf-gateway', about: 'KPI samples of ended device transactions' },
  evaluations: { owner: 'policy-registry', about: 'evaluations of policies' },
  deliveries: { owner: 'alerting', about: 'finished notifications of alerts that are over' },
  sessions: { owner: 'audit', about: 'sessions of people that are over' },
  actions: { owner: 'safety-rails', about: 'ended actions and plans' },
  log: { owner: 'audit', about: 'ended actions in the log, which are archived before they are cut' },
} as const satisfies {
  readonly [kind: string]: { readonly owner: RetentionOwner; readonly about: string };
};
export type RetentionKind = keyof typeof retained;
export const retentionKinds = Object.keys(retained) as readonly RetentionKind[];

/**
 * The bounds of a retention in days. The lower bound is the retention of the bus, so that no
 * message arrives about a removed row.
 */
export const retentionBounds = { least: 7, most: 36_500 } as const;

/**
 * Returns the shortest retention of a kind in days. The log's is longer than every period for which
 * services read past actions from the log.
 */
export const leastRetention = (kind: RetentionKind): number => (kind === 'log' ? 90 : retentionBounds.least);

/** Days by kind. A kind without a number is kept forever. */
export type RetentionDays = { readonly [kind in RetentionKind]?: number };

/** Rows of these kinds that are older than the given times, in one tenant. */
export type PlanRetentionRequest = {
  readonly tenant_id: string;
  readonly before: { readonly [kind in RetentionKind]?: Timestamp };
};
/**
 * Rows that would be removed. `partitions` is the number that holds them; null if the table has
 * none.
 */
export type PlannedRemoval = {
  readonly kind: RetentionKind;
  readonly table: string;
  readonly rows: number;
  readonly partitions: number | null;
  readonly from: Timestamp | null;
  readonly to: Timestamp | null;
};

/** The reason why a stream stays in the log although its events are old enough to be cut. */
export type LogHold = 'open' | 'newer' | 'needed' | 'not_noted' | 'not_archived' | 'not_signed';

/**
 * The part of the log that would be cut. The last event of each stream stays. `bytes` is the size
 * of the events in the form of an export. `blocked`: why nothing at all may be cut; null if
 * something may.
 */
export type PlannedCut = {
  readonly before: Timestamp;
  readonly blocked: string | null;
  readonly streams: number;
  readonly events: number;
  readonly bytes: number;
  readonly from: Timestamp | null;
  readonly to: Timestamp | null;
  /** The archive's segments that hold the events, and the size of their checkpoint. */
  readonly segments: readonly string[];
  readonly checkpoint_size: number | null;
  readonly held: readonly { readonly why: LogHold; readonly streams: number; readonly events: number }[];
};
export type PlanRetentionAnswer = {
  readonly removals: readonly PlannedRemoval[];
  /** The planned cut. Absent unless the service cuts the log. */
  readonly log?: PlannedCut;
};

export type RetentionCommands = {
  readonly [owner in RetentionOwner as `${owner}.plan_retention`]: {
    readonly request: PlanRetentionRequest;
    readonly answer: PlanRetentionAnswer;
  };
};
