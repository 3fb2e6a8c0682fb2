import type { Timestamp } from '@interlock/contracts';
import { canonicalJson, ProblemError, type Decider } from '@interlock/kernel';
import { onCall, type Rota, type RotaOverride } from './rota.js';

/** Stream `rota-<tenant>:<rota_id>`. `OnCallRead` and `OnCallUnreadable` are the provider's. */
export type RotaEvent =
  | { readonly type: 'RotaSet'; readonly data: { readonly rota_id: string; readonly rota: Rota } }
  | { readonly type: 'RotaRemoved'; readonly data: { readonly rota_id: string } }
  | { readonly type: 'RotaOverridden'; readonly data: RotaOverride & { readonly rota_id: string } }
  | {
      readonly type: 'RotaOverrideRemoved';
      readonly data: { readonly rota_id: string; readonly override_id: string };
    }
  | {
      readonly type: 'OnCallRead';
      readonly data: { readonly rota_id: string; readonly members: readonly string[] };
    }
  | {
      readonly type: 'OnCallUnreadable';
      readonly data: { readonly rota_id: string; readonly detail: string };
    };

export type RotaCommand =
  | { readonly kind: 'set'; readonly rota_id: string; readonly rota: Rota }
  | { readonly kind: 'remove'; readonly rota_id: string }
  | { readonly kind: 'override'; readonly rota_id: string; readonly override: RotaOverride }
  | { readonly kind: 'lift'; readonly rota_id: string; readonly override_id: string }
  | { readonly kind: 'read'; readonly rota_id: string; readonly members: readonly string[] }
  | { readonly kind: 'unreadable'; readonly rota_id: string; readonly detail: string };

export type RotaState = {
  readonly rota: Rota | null;
  readonly overrides: readonly RotaOverride[];
  /** What the provider said last; null if it was never asked. */
  readonly read: { readonly members: readonly string[] } | { readonly fault: string } | null;
};

/** Overrides that a rota keeps; the oldest are dropped. */
const mostOverrides = 200;

const requireRota = ({ rota }: RotaState, id: string): Rota => {
  if (rota === null) throw new ProblemError('not-found', `there is no rota \`${id.slice(0, 64)}\``);
  return rota;
};

const overridden = (
  { rota_id, override }: Extract<RotaCommand, { readonly kind: 'override' }>,
  state: RotaState,
): readonly RotaEvent[] => {
  const { members } = requireRota(state, rota_id);
  const ms = Date.parse(override.until) - Date.parse(override.from);
  const violations = [
    ...(members.some(({ name }) => name === override.member)
      ? []
      : [{ pointer: '/member', detail: 'is not a member of the rota' }]),
    ...(ms > 0 && ms <= 366 * 86_400_000
      ? []
      : [{ pointer: '/until', detail: 'must be after `from`, by at most a year' }]),
  ];
  if (violations.length > 0)
    throw new ProblemError('validation-failed', 'the override cannot be', { violations });
  return [{ type: 'RotaOverridden', data: { rota_id, ...override } }];
};

/** Setting or reading the same again writes nothing. */
export const rotaDecider: Decider<RotaCommand, RotaEvent, RotaState> = {
  name: 'rota',
  types: [
    'RotaSet',
    'RotaRemoved',
    'RotaOverridden',
    'RotaOverrideRemoved',
    'OnCallRead',
    'OnCallUnreadable',
  ],
  initial: { rota: null, overrides: [], read: null },
  decide: (command, state) => {
    const { rota_id } = command;
    switch (command.kind) {
      case 'set':
        return state.rota !== null && canonicalJson(state.rota) === canonicalJson(command.rota)
          ? []
          : [{ type: 'RotaSet', data: { rota_id, rota: command.rota } }];
      case 'remove':
        return state.rota === null ? [] : [{ type: 'RotaRemoved', data: { rota_id } }];
      case 'override':
        return overridden(command, state);
      case 'lift':
        requireRota(state, rota_id);
        return state.overrides.some(({ override_id }) => override_id === command.override_id)
          ? [{ type: 'RotaOverrideRemoved', data: { rota_id, override_id: command.override_id } }]
          : [];
      case 'read':
        return (state.rota?.source ?? null) === null ||
          canonicalJson(state.read) === canonicalJson({ members: command.members })
          ? []
          : [{ type: 'OnCallRead', data: { rota_id, members: command.members } }];
      case 'unreadable':
        return (state.rota?.source ?? null) === null || (state.read !== null && 'fault' in state.read)
          ? []
          : [{ type: 'OnCallUnreadable', data: { rota_id, detail: command.detail } }];
    }
  },
  evolve: (state, { type, data }) => {
    switch (type) {
      case 'RotaSet': {
        const names = data.rota.members.map(({ name }) => name);
        return {
          rota: data.rota,
          overrides: state.overrides.filter(({ member }) => names.includes(member)),
          read:
            canonicalJson(state.rota?.source ?? null) === canonicalJson(data.rota.source) ? state.read : null,
        };
      }
      case 'RotaRemoved':
        return { rota: null, overrides: [], read: null };
      case 'RotaOverridden': {
        const { override_id, member, from, until } = data;
        const all = [...state.overrides, { override_id, member, from, until }];
        return { ...state, overrides: all.slice(-mostOverrides) };
      }
      case 'RotaOverrideRemoved':
        return {
          ...state,
          overrides: state.overrides.filter(({ override_id }) => override_id !== data.override_id),
        };
      case 'OnCallRead':
        return { ...state, read: { members: data.members } };
      case 'OnCallUnreadable':
        return { ...state, read: { fault: data.detail } };
    }
  },
};

/** Who is on call, or why nobody knows. */
export type OnCall =
  | { readonly members: readonly string[]; readonly channels: readonly string[] }
  | { readonly unknown: string };

/** Who is on call by a rota at an instant, and on which channels they are reached. Pure. */
export const onCallOf = (state: RotaState | undefined, instant: Timestamp): OnCall => {
  const rota = state?.rota ?? null;
  if (state === undefined || rota === null) return { unknown: 'there is no such rota' };
  const { read, overrides } = state;
  const turn = onCall(rota, instant, overrides);
  const isOverridden = onCall({ ...rota, members: [] }, instant, overrides) !== null;
  let members = turn === null ? [] : [turn];
  if (rota.source !== null && !isOverridden) {
    if (read === null) return { unknown: `${rota.source.kind} was not read yet` };
    if ('fault' in read) return { unknown: read.fault };
    members = [...read.members];
  }
  if (members.length === 0) return { unknown: 'nobody is on call' };
  const channels = rota.members
    .filter(({ name }) => members.includes(name))
    .flatMap((member) => member.channels);
  return { members, channels: [...new Set(channels)] };
};
