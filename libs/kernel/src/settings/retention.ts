import {
  actorKey,
  retentionKinds,
  streamName,
  type Loosened,
  type RetentionDays,
  type RetentionKind,
  type Timestamp,
} from '@interlock/contracts';
import type { Decider } from '../command/decider.js';
import type { Loosens } from './loosening.js';
import { sameJson } from '../values/same-json.js';

/**
 * The time for which a tenant's read models and log keep ended work. Each event holds the whole
 * policy.
 */
export type RetentionEvent = {
  readonly type: 'RetentionSet';
  readonly data: { readonly days: RetentionDays; readonly reason: string };
};
export type RetentionCommand = {
  readonly kind: 'SetRetention';
  readonly days: RetentionDays;
  readonly reason: string;
};
/**
 * A tenant's retention. `set_at` and `set_by` are null if the tenant has set nothing; then
 * everything is kept.
 */
export type RetentionState = {
  readonly days: RetentionDays;
  readonly set_at: Timestamp | null;
  readonly set_by: string | null;
};

/** Returns the stream of a tenant's retention. */
export const retentionStream = (tenantId: string): string => streamName('retention', tenantId, 'policy');

export const retentionDecider: Decider<RetentionCommand, RetentionEvent, RetentionState> = {
  name: 'retention',
  types: ['RetentionSet'],
  initial: { days: {}, set_at: null, set_by: null },
  decide: ({ days, reason }, state) =>
    sameJson(days, state.days) ? [] : [{ type: 'RetentionSet', data: { days, reason } }],
  evolve: (_state, { data, metadata }) => ({
    days: data.days,
    set_at: metadata.occurred_at,
    set_by: actorKey(metadata.actor),
  }),
};

const shown = (days: number | undefined): string => (days === undefined ? 'for ever' : `for ${days} days`);

/**
 * Compares two retentions; a shorter one loosens, because removed data can no longer be examined.
 */
export const retentionLoosens: Loosens<RetentionState> = ({ days: before }, { days: after }) =>
  retentionKinds.flatMap((kind): readonly Loosened[] =>
    (after[kind] ?? Infinity) < (before[kind] ?? Infinity)
      ? [
          {
            pointer: `/days/${kind}`,
            detail: `is kept ${shown(after[kind])} and no longer ${shown(before[kind])}`,
          },
        ]
      : [],
  );

const dayMs = 86_400_000;

/** Returns, for each kind with a limit, the time before which it is removed. */
export const removedBefore = (
  days: RetentionDays,
  now: Timestamp,
): { readonly [kind in RetentionKind]?: Timestamp } =>
  Object.fromEntries(
    retentionKinds.flatMap((kind) => {
      const kept = days[kind];
      return kept === undefined ? [] : [[kind, new Date(Date.parse(now) - kept * dayMs).toISOString()]];
    }),
  );
