import type { Timestamp } from './names.js';

/** The services whose read models hold rows that are kept for a time. */
export type RetentionOwner = 'netconf-gateway' | 'policy-registry' | 'alerting' | 'audit' | 'safety-rails';

/** What a tenant may keep for a limited time, and the service that removes it. */
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
 * The bounds of a retention in days. The least is the retention of the bus, so that no message
 * arrives about a row that is removed already.
 */
export const retentionBounds = { least: 7, most: 36_500 } as const;

/**
 * The least retention of a kind in days. The log's is longer than every window over past actions
 * that services look back on from the log.
 */
export const leastRetention = (kind: RetentionKind): number => (kind === 'log' ? 90 : retentionBounds.least);

/** Days by kind; a kind without a number is kept for ever. */
export type RetentionDays = { readonly [kind in RetentionKind]?: number };

/** Rows of these kinds that are older than the given times, in one tenant. */
export type PlanRetentionRequest = {
  readonly tenant_id: string;
  readonly before: { readonly [kind in RetentionKind]?: Timestamp };
};
/** `partitions`: the number that holds these rows; null where the table has none. */
export type PlannedRemoval = {
  readonly kind: RetentionKind;
  readonly table: string;
  readonly rows: number;
  readonly partitions: number | null;
  readonly from: Timestamp | null;
  readonly to: Timestamp | null;
};

/** Why a stream stays in the log although its events are old enough. */
export type LogHold = 'open' | 'newer' | 'needed' | 'not_noted' | 'not_archived' | 'not_signed';

/**
 * What would be cut from the log. The last event of each stream stays. `bytes`: of the events as an
 * export has them. `blocked`: why nothing at all may be cut; null where something may.
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
  /** Only of the service that cuts the log. */
  readonly log?: PlannedCut;
};

export type RetentionCommands = {
  readonly [owner in RetentionOwner as `${owner}.plan_retention`]: {
    readonly request: PlanRetentionRequest;
    readonly answer: PlanRetentionAnswer;
  };
};
