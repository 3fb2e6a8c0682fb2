import {
  limitsInForce,
  tenantLimitBounds,
  tenantLimitNames,
  type Actor,
  type AutonomyMode,
  type TenantLimits,
  type Timestamp,
  type Violation,
} from '@interlock/contracts';
import { ProblemError, refuseViolations, sameJson, type Decider, type Recorded } from '@interlock/kernel';
import { defaultTimeZone } from '../budget/days.js';

/** The share of good outcomes that autonomy must show, if a tenant has chosen none. */
export const defaultTarget = 0.95;
/** The range of a tenant's choice: from half of the outcomes to 999 in a thousand. */
export const targetBounds = { least: 0.5, most: 0.999 } as const;

/**
 * The scope of a mode: without `account_id` the whole tenant, without `action_type` the DEFAULT.
 */
export type ModeKey = { readonly account_id?: string; readonly action_type?: string };

/** A configured mode, in its published shape. */
export type AutonomyModeConfigV1 = ModeKey & {
  /** `TENANT#<tenant_id>` or `TENANT#<tenant_id>#ACCOUNT#<account_id>`. */
  readonly pk: string;
  /** `AUTONOMY#<action_type>` or `AUTONOMY#DEFAULT`. */
  readonly sk: string;
  readonly tenant_id: string;
  readonly mode: AutonomyMode;
  readonly updated_at: Timestamp;
  /** The opaque `person_id`, or the service's name. */
  readonly updated_by: string;
  readonly policy_version: 'AutonomyModeConfigV1';
};

export type ModeEvent =
  | {
      readonly type: 'AutonomyModeSet';
      readonly data: ModeKey & {
        readonly mode: AutonomyMode;
        /** Sealed if a person wrote it. */
        readonly reason?: string;
      };
    }
  | { readonly type: 'AutonomyModeRemoved'; readonly data: ModeKey }
  | { readonly type: 'TimeZoneSet'; readonly data: { readonly time_zone: string } }
  | { readonly type: 'AutonomyTargetSet'; readonly data: { readonly target_share: number } }
  | {
      readonly type: 'LimitsSet';
      readonly data: {
        /** All limits of the tenant; an absent one has its default. */
        readonly limits: TenantLimits;
        /** Sealed if a person wrote it. */
        readonly reason: string;
      };
    };

export type ModeCommand =
  | {
      readonly kind: 'SetMode';
      readonly key: ModeKey;
      readonly mode: AutonomyMode;
      readonly reason?: string;
      /** Set together with the mode; unchanged if absent. */
      readonly time_zone?: string;
    }
  | { readonly kind: 'RemoveMode'; readonly key: ModeKey }
  | { readonly kind: 'SetTimeZone'; readonly time_zone: string }
  | { readonly kind: 'SetTarget'; readonly target_share: number }
  | { readonly kind: 'SetLimits'; readonly limits: TenantLimits; readonly reason: string };

/**
 * All modes of one tenant, by `modeKey`, the time zone of its calendar days, and the share of good
 * outcomes that autonomy must show.
 */
export type ModeState = {
  readonly items: ReadonlyMap<string, AutonomyModeConfigV1>;
  readonly time_zone: string;
  readonly limits: {
    readonly set: TenantLimits;
    /** null: nobody has set any, so the defaults apply. */
    readonly set_at: Timestamp | null;
    readonly set_by: string | null;
  };
  readonly target: {
    readonly share: number;
    /** null: nobody has chosen one, so the default applies. */
    readonly set_at: Timestamp | null;
    readonly set_by: string | null;
  };
};

/** One text per key; a name has no `|`. */
export const modeKey = (key: ModeKey): string => `${key.account_id ?? ''}|${key.action_type ?? ''}`;

/** The actor, in the form of `updated_by`. */
export const actorName = (actor: Actor): string =>
  actor.kind === 'person' ? actor.person_id : actor.service;

const keyOf = ({ account_id, action_type }: ModeKey): ModeKey => ({
  ...(account_id === undefined ? {} : { account_id }),
  ...(action_type === undefined ? {} : { action_type }),
});

/** Throws `validation-failed` naming every limit that is unknown or beyond its bounds. */
const refuseLimits = (limits: TenantLimits): void => {
  const known: ReadonlySet<string> = new Set(tenantLimitNames);
  const violations: Violation[] = Object.keys(limits)
    .filter((name) => !known.has(name))
    .map((name) => ({ pointer: `/${name}`, detail: 'is not a limit' }));
  for (const name of tenantLimitNames) {
    const value: unknown = limits[name];
    const { least, most, whole } = tenantLimitBounds[name];
    if (value === undefined) continue;
    if (
      typeof value !== 'number' ||
      !(value >= least && value <= most) ||
      (whole && !Number.isInteger(value))
    )
      violations.push({
        pointer: `/${name}`,
        detail: `must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}`,
      });
  }
  const { blast_radius_limit: one, blast_radius_1h: hour } = limitsInForce(limits);
  if (violations.length === 0 && hour < one)
    violations.push({
      pointer: '/blast_radius_1h',
      detail: `must be at least ${one}, what one action may affect`,
    });
  refuseViolations(violations, 'the limits');
};

const zoneSet = (time_zone: string, state: ModeState): readonly ModeEvent[] =>
  state.time_zone === time_zone ? [] : [{ type: 'TimeZoneSet', data: { time_zone } }];

/**
 * Stream of `modeStream`. Setting the same again, or removing an absent mode, writes nothing.
 * Throws `validation-failed` for a target beyond `targetBounds` and for limits beyond
 * `tenantLimitBounds`.
 */
export const modeDecider: Decider<ModeCommand, ModeEvent, ModeState> = {
  name: 'autonomy mode',
  types: ['AutonomyModeSet', 'AutonomyModeRemoved', 'TimeZoneSet', 'AutonomyTargetSet', 'LimitsSet'],
  initial: {
    items: new Map(),
    time_zone: defaultTimeZone,
    limits: { set: {}, set_at: null, set_by: null },
    target: { share: defaultTarget, set_at: null, set_by: null },
  },
  decide: (command, state) => {
    switch (command.kind) {
      case 'SetMode':
        return [
          ...(state.items.get(modeKey(command.key))?.mode === command.mode
            ? []
            : [
                {
                  type: 'AutonomyModeSet' as const,
                  data: {
                    ...keyOf(command.key),
                    mode: command.mode,
                    ...(command.reason === undefined ? {} : { reason: command.reason }),
                  },
                },
              ]),
          ...(command.time_zone === undefined ? [] : zoneSet(command.time_zone, state)),
        ];
      case 'RemoveMode':
        return state.items.has(modeKey(command.key))
          ? [{ type: 'AutonomyModeRemoved', data: keyOf(command.key) }]
          : [];
      case 'SetTimeZone':
        return zoneSet(command.time_zone, state);
      case 'SetLimits': {
        const { limits, reason } = command;
        refuseLimits(limits);
        return state.limits.set_at !== null && sameJson(state.limits.set, limits)
          ? []
          : [{ type: 'LimitsSet', data: { limits, reason } }];
      }
      case 'SetTarget': {
        const { target_share } = command;
        // INVARIANT: a target that every record meets, or that no record can meet, is refused.
        if (!(target_share >= targetBounds.least && target_share <= targetBounds.most))
          throw new ProblemError(
            'validation-failed',
            `the target must be ${targetBounds.least} to ${targetBounds.most}`,
            { violations: [{ pointer: '/target_share', detail: 'is beyond these bounds' }] },
          );
        return state.target.set_at !== null && state.target.share === target_share
          ? []
          : [{ type: 'AutonomyTargetSet', data: { target_share } }];
      }
    }
  },
  inSpiteOfForgery: {
    takes: (command) => command.kind === 'SetMode' && command.mode === 'DISABLED',
    after: (state) => state,
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'AutonomyModeSet':
        return { ...state, items: new Map(state.items).set(modeKey(event.data), asConfig(event)) };
      case 'AutonomyModeRemoved': {
        const items = new Map(state.items);
        items.delete(modeKey(event.data));
        return { ...state, items };
      }
      case 'TimeZoneSet':
        return { ...state, time_zone: event.data.time_zone };
      case 'LimitsSet': {
        const { occurred_at: set_at, actor } = event.metadata;
        return { ...state, limits: { set: event.data.limits, set_at, set_by: actorName(actor) } };
      }
      case 'AutonomyTargetSet': {
        const { occurred_at: set_at, actor } = event.metadata;
        return {
          ...state,
          target: { share: event.data.target_share, set_at, set_by: actorName(actor) },
        };
      }
    }
  },
};

const asConfig = ({
  data,
  metadata,
}: Recorded<Extract<ModeEvent, { type: 'AutonomyModeSet' }>>): AutonomyModeConfigV1 => ({
  pk:
    data.account_id === undefined
      ? `TENANT#${metadata.tenant_id}`
      : `TENANT#${metadata.tenant_id}#ACCOUNT#${data.account_id}`,
  sk: `AUTONOMY#${data.action_type ?? 'DEFAULT'}`,
  tenant_id: metadata.tenant_id,
  ...keyOf(data),
  mode: data.mode,
  updated_at: metadata.occurred_at,
  updated_by: actorName(metadata.actor),
  policy_version: 'AutonomyModeConfigV1',
});

/** A tenant's modes in the order of their keys; with an account, only that account's. */
export const listModes = (state: ModeState, accountId?: string): readonly AutonomyModeConfigV1[] =>
  [...state.items.values()]
    .filter(({ account_id }) => accountId === undefined || account_id === accountId)
    .sort((a, b) => (`${a.pk}\n${a.sk}` < `${b.pk}\n${b.sk}` ? -1 : 1));
