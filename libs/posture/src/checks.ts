import type { CheckKind, CheckRange, Timestamp } from '@interlock/contracts';
import type { Decider } from '@interlock/kernel';

/**
 * What a check of Interlock's own data came to. `range`: the positions of the log that it looked
 * at; null where it looked at no part of the log.
 */
type CheckResult = {
  /** Of the request that asked for it; a repeated request is recorded once. */
  readonly request_id: string;
  readonly kind: CheckKind;
  readonly range: CheckRange | null;
  readonly passed: boolean;
  /** How many things were looked at, and how many of them were wrong. */
  readonly checked: number;
  readonly failed: number;
  readonly detail: string;
};

export type IntegrityChecked = { readonly type: 'IntegrityChecked'; readonly data: CheckResult };
export type RecordCheck = { readonly kind: 'RecordCheck'; readonly result: CheckResult };

export type ChecksState = {
  /** The newest of each kind. */
  readonly latest: { readonly [kind in CheckKind]?: CheckResult & { readonly at: Timestamp } };
  /** Requests of the newest checks, the newest last. */
  readonly requests: readonly string[];
};

const keptRequests = 100;

/**
 * Stream of `checksStream`, of the tenant `_system`. A request that is recorded already writes
 * nothing.
 */
export const checksDecider: Decider<RecordCheck, IntegrityChecked, ChecksState> = {
  name: 'integrity checks',
  types: ['IntegrityChecked'],
  initial: { latest: {}, requests: [] },
  decide: ({ result }, { requests }) =>
    requests.includes(result.request_id) ? [] : [{ type: 'IntegrityChecked', data: result }],
  evolve: ({ latest, requests }, { data, metadata }) => ({
    latest: { ...latest, [data.kind]: { ...data, at: metadata.occurred_at } },
    requests: [...requests, data.request_id].slice(-keptRequests),
  }),
};
