import type { CheckKind, CheckRange, Timestamp } from '@interlock/contracts';
import type { Decider } from '@interlock/kernel';

/**
 * The result of a check of Interlock's own data. `range`: the positions of the log that it read;
 * null if it read no part of the log.
 */
type CheckResult = {
  /** The id of the request for it; a repeated request is recorded once. */
  readonly request_id: string;
  readonly kind: CheckKind;
  readonly range: CheckRange | null;
  readonly passed: boolean;
  /** The number of checked items, and of faulty ones. */
  readonly checked: number;
  readonly failed: number;
  readonly detail: string;
};

export type IntegrityChecked = { readonly type: 'IntegrityChecked'; readonly data: CheckResult };
export type RecordCheck = { readonly kind: 'RecordCheck'; readonly result: CheckResult };

export type ChecksState = {
  /** The newest check of each kind. */
  readonly latest: { readonly [kind in CheckKind]?: CheckResult & { readonly at: Timestamp } };
  /** The requests of the newest checks, newest last. */
  readonly requests: readonly string[];
};

const keptRequests = 100;

/**
 * Stream of `checksStream`, of the tenant `_system`. A request that is already recorded writes
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
