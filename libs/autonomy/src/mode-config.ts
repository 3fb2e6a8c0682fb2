import type { Actor, AutonomyMode, Timestamp } from '@interlock/contracts';
import { ProblemError, type Decider, type Recorded } from '@interlock/kernel';
import { defaultTimeZone } from './days.js';

/** The share of good outcomes that autonomy must show, where a tenant has chosen none. */
export const defaultTarget = 0.95;
/** What a tenant may choose: half of it, or all but every thousandth. */
export const targetBounds = { least: 0.5, most: 0.999 } as const;

/** What a mode applies to: without `account_id` the whole tenant, without `action_type` the DEFAULT. */
export type ModeKey = { readonly account_id?: string; readonly action_type?: string };

/** A configured mode, in the shape of seed 004. */
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
        /** Sealed where a person wrote it. */
        readonly reason?: string;
      };
    }
  | { readonly type: 'AutonomyModeRemoved'; readonly data: ModeKey }
  | { readonly type: 'TimeZoneSet'; readonly data: { readonly time_zone: string } }
  | { readonly type: 'AutonomyTargetSet'; readonly data: { readonly target_share: number } };

export type ModeCommand =
  | {
      readonly kind: 'SetMode';
      readonly key: ModeKey;
      readonly mode: AutonomyMode;
      readonly reason?: string;
    }
  | { readonly kind: 'RemoveMode'; readonly key: ModeKey }
  | { readonly kind: 'SetTimeZone'; readonly time_zone: string }
  | { readonly kind: 'SetTarget'; readonly target_share: number };

/** All modes of one tenant, by `modeKey`, the zone of its calendar days, and the share of good outcomes that autonomy must show. */
export type ModeState = {
  readonly items: ReadonlyMap<string, AutonomyModeConfigV1>;
  readonly time_zone: string;
  readonly target: {
    readonly share: number;
    /** null: the default holds, nobody has chosen one. */
    readonly set_at: Timestamp | null;
    readonly set_by: string | null;
  };
};

/** One text per key; a name has no `|`. */
export const modeKey = (key: ModeKey): string => `${key.account_id ?? ''}|${key.action_type ?? ''}`;

/** The actor as the seed's `updated_by`. */
export const actorName = (actor: Actor): string =>
  actor.kind === 'person' ? actor.person_id : actor.service;

const keyOf = ({ account_id, action_type }: ModeKey): ModeKey => ({
  ...(account_id === undefined ? {} : { account_id }),
  ...(action_type === undefined ? {} : { action_type }),
});

/** Stream of `modeStream`. Setting what is set already, or removing what is not there, writes nothing. Throws `validation-failed` for a target beyond `targetBounds`. */
export const modeDecider: Decider<ModeCommand, ModeEvent, ModeState> = {
  name: 'autonomy mode',
  types: ['AutonomyModeSet', 'AutonomyModeRemoved', 'TimeZoneSet', 'AutonomyTargetSet'],
  initial: {
    items: new Map(),
    time_zone: defaultTimeZone,
    target: { share: defaultTarget, set_at: null, set_by: null },
  },
  decide: (command, state) => {
    switch (command.kind) {
      case 'SetMode':
        return state.items.get(modeKey(command.key))?.mode === command.mode
          ? []
          : [
              {
                type: 'AutonomyModeSet',
                data: {
                  ...keyOf(command.key),
                  mode: command.mode,
                  ...(command.reason === undefined ? {} : { reason: command.reason }),
                },
              },
            ];
      case 'RemoveMode':
        return state.items.has(modeKey(command.key))
          ? [{ type: 'AutonomyModeRemoved', data: keyOf(command.key) }]
          : [];
      case 'SetTimeZone':
        return state.time_zone === command.time_zone
          ? []
          : [{ type: 'TimeZoneSet', data: { time_zone: command.time_zone } }];
      case 'SetTarget': {
        const { target_share } = command;
        // INVARIANT: a target that nothing can miss, or nothing can reach, is none.
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

/** A tenant's modes in the order of their keys; where an account is named, that account's only. */
export const listModes = (state: ModeState, accountId?: string): readonly AutonomyModeConfigV1[] =>
  [...state.items.values()]
    .filter(({ account_id }) => accountId === undefined || account_id === accountId)
    .sort((a, b) => (`${a.pk}\n${a.sk}` < `${b.pk}\n${b.sk}` ? -1 : 1));
