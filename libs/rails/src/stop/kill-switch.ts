import {
  defaults,
  isSamePerson,
  refusalKeys,
  streamName,
  systemTenant,
  type Timestamp,
} from '@interlock/contracts';
import { ProblemError, type Decider } from '@interlock/kernel';
import type { ReceiptData } from './kill-switch-receipt.js';

/**
 * What a kill switch can stop. `global` belongs to the tenant `_system`; the tenant's own switch
 * lists the last three (`KillSwitchListed`).
 */
export const killSwitchScopes = ['global', 'tenant', 'action_type', 'account', 'agent', 'site'] as const;
export type KillSwitchScope = (typeof killSwitchScopes)[number];

/** The actions that a switch stops. Every member that its scope does not use is null or absent. */
export type KillSwitchTarget = {
  readonly scope: KillSwitchScope;
  readonly tenant_id: string | null;
  readonly action_type: string | null;
  readonly account_id?: string;
  readonly agent?: string;
  readonly site_id?: string;
};
/**
 * The streams of the tenant's listed switches. Absent if the tenant has none, and on every stream
 * except the tenant's own.
 */
type WithListed = { readonly listed?: readonly string[] };

export type KillSwitchEvent =
  | {
      readonly type: 'KillSwitchEngaged';
      readonly data: KillSwitchTarget &
        WithListed & {
          readonly reason: string;
          readonly rollback_in_flight: boolean;
          /** True if it was engaged to measure how long stopping takes; otherwise absent. */
          readonly drill?: boolean;
        };
    }
  /**
   * On the tenant's own stream: from now on, the switch of the listed stream is read too. `engaged`
   * says whether the tenant's own switch is engaged.
   */
  | {
      readonly type: 'KillSwitchListed';
      readonly data: {
        readonly stream: string;
        readonly listed: readonly string[];
        readonly engaged: boolean;
      };
    }
  /**
   * After this event, nothing that the switch stops can start. It contains the receipt as it was
   * answered.
   */
  | { readonly type: 'KillSwitchAcknowledged'; readonly data: ReceiptData & WithListed }
  | {
      readonly type: 'KillSwitchReleaseRequested';
      readonly data: KillSwitchTarget &
        WithListed & { readonly by: string; readonly reason: string; readonly expires_at: Timestamp };
    }
  | {
      readonly type: 'KillSwitchReleased';
      readonly data: KillSwitchTarget &
        WithListed & {
          readonly reason: string;
          /** The person who had requested the release; absent if one person was enough. */
          readonly requested_by?: string;
        };
    };

type EngageCommand = KillSwitchTarget & {
  readonly kind: 'engage';
  readonly reason: string;
  readonly rollback_in_flight: boolean;
  readonly drill?: boolean;
};
type ReleaseCommand = KillSwitchTarget & {
  readonly kind: 'release';
  readonly reason: string;
  /** How many people a release needs; one if absent. */
  readonly people?: 1 | 2;
  /** True releases the switch only if a drill engaged it. */
  readonly drill?: boolean;
  /**
   * The requester, with every key that identifies the same person; required if a release needs two
   * people.
   */
  readonly by?: string;
  readonly refused_as?: readonly string[];
  readonly now?: Timestamp;
};
export type KillSwitchCommand =
  | EngageCommand
  | ReleaseCommand
  | { readonly kind: 'list'; readonly stream: string }
  | { readonly kind: 'acknowledge'; readonly receipt: ReceiptData };

/** A release that one person requested, and that another must complete before it expires. */
export type ReleaseRequest = {
  readonly by: string;
  /** Every key that identifies the requester. */
  readonly as: readonly string[];
  readonly expires_at: Timestamp;
};
/**
 * The state of a switch. Absent members were never written on the stream, or not since the switch
 * was last engaged.
 */
export type KillSwitchState = {
  readonly engaged: boolean;
  readonly reason: string | null;
  readonly since: string | null;
  readonly drill?: boolean;
  readonly rollback_in_flight?: boolean;
  readonly acknowledged?: boolean;
  /** True if a forged event follows the last engagement, so that the next stop engages it again. */
  readonly forged?: true;
  readonly release?: ReleaseRequest;
  readonly listed?: readonly string[];
};

/**
 * Returns the stream of a kill switch, by scope; `id` is the action type, account, agent or site.
 */
export const killSwitchStream = (scope: KillSwitchScope, tenantId: string, id: string): string => {
  switch (scope) {
    case 'global':
      return streamName('kill_switch', systemTenant, 'global');
    case 'tenant':
      return streamName('kill_switch', tenantId, 'tenant');
    case 'action_type':
      return streamName('kill_switch', tenantId, `type=${id}`);
    case 'account':
    case 'agent':
    case 'site':
      return streamName('kill_switch', tenantId, `${scope}=${id}`);
  }
};

/**
 * Returns the stream of the switch that a command or an event is about; `tenantId` is the owner of
 * the stream.
 */
export const streamOfTarget = (tenantId: string, target: KillSwitchTarget): string =>
  killSwitchStream(
    target.scope,
    tenantId,
    target.action_type ?? target.account_id ?? target.agent ?? target.site_id ?? '',
  );

/**
 * Returns the kill switches of scope global, tenant and action type that can stop an action. These
 * are always read.
 */
export const killSwitchStreams = (tenantId: string, actionType: string): readonly string[] =>
  (['global', 'tenant', 'action_type'] as const).map((scope) =>
    killSwitchStream(scope, tenantId, actionType),
  );

/**
 * An action as the switches match it. `site_id` comes from the topology, never from the intent;
 * null if the action has no site.
 */
export type KillSwitchSubject = {
  readonly tenant_id: string;
  readonly action_type: string;
  readonly account_id: string;
  readonly agent: string;
  readonly site_id: string | null;
};

/**
 * The most switches of one scope that are listed one by one. With more, every switch of that scope
 * counts as listed, and is read.
 */
const mostListed = 64;

/**
 * Returns the entry for all switches of a stream's scope. No account, agent or site has the name
 * `*`.
 */
const allOfScope = (stream: string): string => stream.replace(/=.*$/s, '=*');

const isListed = (listed: readonly string[], stream: string): boolean =>
  listed.includes(stream) || listed.includes(allOfScope(stream));

/**
 * Returns the list with a single entry for each scope that has too many switches. So the list stays
 * short and never omits a switch.
 */
const bounded = (listed: readonly string[]): readonly string[] => {
  const scopes = new Set(listed.map(allOfScope));
  return [...scopes].flatMap((scope) => {
    const own = listed.filter((stream) => allOfScope(stream) === scope);
    return own.length > mostListed || own.includes(scope) ? [scope] : own;
  });
};

/** Returns the listed switches that can stop an action, in the order account, agent, site. */
export const listedStreams = (
  listed: readonly string[],
  { tenant_id: tenantId, account_id, agent, site_id }: KillSwitchSubject,
): readonly string[] =>
  [
    killSwitchStream('account', tenantId, account_id),
    killSwitchStream('agent', tenantId, agent),
    ...(site_id === null ? [] : [killSwitchStream('site', tenantId, site_id)]),
  ].filter((stream) => isListed(listed, stream));

/** True if the tenant has a switch of scope site, so that an action's site must be known. */
export const listsSites = (listed: readonly string[]): boolean =>
  listed.some((stream) => /^kill_switch-[^:]+:site=/.test(stream));

/**
 * One switch as a reader sees it: its stream's last revision ("-1" if it was never used) and
 * whether it is engaged.
 */
export type KillSwitchHead = {
  readonly stream: string;
  readonly revision: string;
  readonly engaged: boolean;
};

/**
 * Returns the epoch that an execution is bound to: the revisions of all switches that can stop it,
 * in order.
 */
export const killSwitchEpoch = (heads: readonly KillSwitchHead[]): string =>
  heads.map((head) => head.revision).join('.');

const types: readonly KillSwitchEvent['type'][] = [
  'KillSwitchEngaged',
  'KillSwitchListed',
  'KillSwitchAcknowledged',
  'KillSwitchReleaseRequested',
  'KillSwitchReleased',
];
/** True for the type of a switch event that this release knows. */
export const isKillSwitchEvent = (type: string): type is KillSwitchEvent['type'] =>
  types.some((one) => one === type);

type LastEvent = { readonly type: string; readonly data: object };

/**
 * True if a switch is engaged after this last event of its stream. An unknown event counts as
 * engaged.
 */
export const isEngagedAfter = ({ type, data }: LastEvent): boolean =>
  type === 'KillSwitchListed'
    ? !('engaged' in data) || data.engaged !== false
    : type !== 'KillSwitchReleased';

/** Returns the streams that the tenant's own switch lists after this last event of its stream. */
export const listedAfter = (last: LastEvent | undefined): readonly string[] => {
  const listed: unknown = last !== undefined && 'listed' in last.data ? last.data.listed : undefined;
  return Array.isArray(listed) ? listed.filter((one) => typeof one === 'string') : [];
};

/** Returns the target of a switch, without the other data of a command. */
const targetOf = (target: KillSwitchTarget): KillSwitchTarget => ({
  scope: target.scope,
  tenant_id: target.tenant_id,
  action_type: target.action_type,
  ...(target.account_id === undefined ? {} : { account_id: target.account_id }),
  ...(target.agent === undefined ? {} : { agent: target.agent }),
  ...(target.site_id === undefined ? {} : { site_id: target.site_id }),
});

const withListed = <D extends object>(data: D, { listed }: KillSwitchState): D & WithListed =>
  listed === undefined ? data : { ...data, listed };

const release = (command: ReleaseCommand, state: KillSwitchState): readonly KillSwitchEvent[] => {
  const { people = 1, by, refused_as = [], now, reason } = command;
  const target = targetOf(command);
  if (!state.engaged) return [];
  if (command.drill === true && state.drill !== true)
    throw new ProblemError(
      'wrong-state',
      'a stop that is no drill holds this switch, so the end of a drill does not release it',
      { remedy: 'read why it was engaged, and release it without `drill` if that is over' },
    );
  const released = (requested: { readonly requested_by?: string }): readonly KillSwitchEvent[] => [
    { type: 'KillSwitchReleased', data: withListed({ ...target, reason, ...requested }, state) },
  ];
  if (people === 1) return released({});
  if (by === undefined || now === undefined)
    throw new ProblemError('internal-error', 'a release by two people names who asks and when');
  const asked = state.release;
  if (asked !== undefined && now < asked.expires_at) {
    if (!isSamePerson([by, ...refused_as], asked.as)) return released({ requested_by: asked.by });
    return [];
  }
  const expires = new Date(Date.parse(now) + defaults.approval_expiry_s * 1000).toISOString();
  return [
    {
      type: 'KillSwitchReleaseRequested',
      data: withListed({ ...target, by, reason, expires_at: expires }, state),
    },
  ];
};

/**
 * Engages a switch. A stop over a drill, and a second stop while a release is requested, engage it
 * again, so that nobody releases it by what was asked before. So does a stop that is the first to
 * take back what is in flight. A drill never replaces a stop.
 */
const engage = (
  { reason, rollback_in_flight, drill, ...command }: EngageCommand,
  state: KillSwitchState,
): readonly KillSwitchEvent[] => {
  const isForged = state.forged === true;
  const isStopped = state.engaged && (state.drill !== true || isForged);
  const isDrill = drill === true && !isStopped;
  const isFurther =
    state.release !== undefined ||
    (state.drill === true && drill !== true) ||
    (rollback_in_flight && state.rollback_in_flight !== true);
  if (state.engaged && !isForged && !(isFurther && (isDrill || drill !== true))) return [];
  const data = { ...targetOf(command), reason, rollback_in_flight, ...(isDrill ? { drill } : {}) };
  return [{ type: 'KillSwitchEngaged', data: withListed(data, state) }];
};

/**
 * Engaging an engaged switch or releasing a released one changes nothing. If a release needs two
 * people, the first call requests it. The same call by another person completes it within the time
 * of an approval. A second call by the same person changes nothing.
 */
export const killSwitchDecider: Decider<KillSwitchCommand, KillSwitchEvent, KillSwitchState> = {
  name: 'kill switch',
  types,
  initial: { engaged: false, reason: null, since: null },
  decide: (command, state) => {
    switch (command.kind) {
      case 'engage':
        return engage(command, state);
      case 'release':
        return release(command, state);
      case 'list': {
        const listed = state.listed ?? [];
        return isListed(listed, command.stream)
          ? []
          : [
              {
                type: 'KillSwitchListed',
                data: {
                  stream: command.stream,
                  listed: bounded([...listed, command.stream]),
                  engaged: state.engaged,
                },
              },
            ];
      }
      case 'acknowledge':
        return state.engaged && state.acknowledged !== true
          ? [{ type: 'KillSwitchAcknowledged', data: withListed(command.receipt, state) }]
          : [];
    }
  },
  evolve: (state, event) => {
    const since = event.metadata.occurred_at;
    switch (event.type) {
      case 'KillSwitchEngaged': {
        const { reason, rollback_in_flight, drill, listed } = event.data;
        return {
          engaged: true,
          reason,
          since,
          ...(listed === undefined ? {} : { listed }),
          ...(drill === true ? { drill } : {}),
          ...(rollback_in_flight ? { rollback_in_flight } : {}),
        };
      }
      case 'KillSwitchListed':
        return { ...state, listed: event.data.listed };
      case 'KillSwitchAcknowledged':
        return { ...state, acknowledged: true };
      case 'KillSwitchReleaseRequested': {
        const { by, expires_at } = event.data;
        const as = [...new Set([by, ...refusalKeys(event.metadata.actor)])];
        return { ...state, release: { by, as, expires_at } };
      }
      case 'KillSwitchReleased': {
        const { reason, listed } = event.data;
        return { engaged: false, reason, since, ...(listed === undefined ? {} : { listed }) };
      }
    }
  },
  // INVARIANT: a stop works whatever the stream contains. After a forged event, the switch counts
  // as engaged, and nobody can release it.
  inSpiteOfForgery: {
    takes: ({ kind }) => kind !== 'release',
    after: (state) => ({ ...state, engaged: true, forged: true }),
  },
};
