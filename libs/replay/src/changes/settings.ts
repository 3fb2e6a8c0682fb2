import { mcpServerDecided, mcpServerLoosens } from '@interlock/agents';
import {
  autoApprovalDecided,
  autoApprovalLoosens,
  budgetDecided,
  budgetLoosens,
  everyAccount,
  modeDecided,
  modesLoosens,
  shippedBudget,
  shippedModes,
} from '@interlock/autonomy';
import { systemTenant, type Loosened } from '@interlock/contracts';
import {
  requiredPeopleLoosens,
  retentionLoosens,
  sameJson,
  type Command,
  type Decided,
  type DomainEvent,
  type RecordedEvent,
} from '@interlock/kernel';
import { deviceDecided, deviceLoosens, tenantBindingDecided, tenantBindingLoosens } from '@interlock/network';
import {
  channelDecided,
  channelLoosens,
  rotaDecided,
  rotaLoosens,
  routeDecided,
  routesLoosen,
} from '@interlock/notify';
import {
  actionTypeDecided,
  lintDecided,
  lintLoosens,
  policyDecided,
  policyLoosens,
  policyMayLoosen,
  rolloutDecided,
  rolloutLoosens,
  shippedPolicy,
  signingDecided,
  signingLoosens,
  teamDecided,
  teamLoosens,
  type ActionTypeRegistered,
  type BesidePolicy,
  type PolicyState,
} from '@interlock/policy';
import { postureConfigDecided, postureLoosens } from '@interlock/posture';
import {
  actionTypeLoosens,
  builtInActionTypes,
  firstRequiredPeopleId,
  postureTableOf,
  requiredPeopleDecided,
  requiredPeopleStream,
  retentionDecided,
  tenantDecided,
  tenantLoosens,
} from '@interlock/rails';
import { personDecided, personLoosens } from '@interlock/tree';
import { forgottenTraceDecided, forgottenTraceLoosens } from '@interlock/twin';
import type { StreamOf } from '../stream-replay.js';
import type { ToolTypes } from './tool-types.js';

/** What its service may have seen beside a policy; null if the file lacks part of it. */
export type BesideOf = () => readonly BesidePolicy[] | null;
/** null where the file lacks what the states must be compared with. */
export type LoosensIfKnown<S> = (before: S, after: S) => readonly Loosened[] | null;
/** Whether a service asks nobody before it writes; a text tells why nothing in the log says so. */
type Unasked = boolean | { readonly missing: string } | { readonly untold: string };

/** A setting whose loosening needs a change that people have approved. */
type Setting<C extends Command, E extends DomainEvent, S> = {
  /** The streams that contain it, and their decider. */
  readonly decided: Pick<Decided<C, E, S>, 'category' | 'ids' | 'decider' | 'whole'>;
  /** The function that its service asks before it writes. */
  readonly loosens: (of: StreamOf, beside: BesideOf) => LoosensIfKnown<S>;
  /** Returns whether the service may write an event without a change although it loosens. */
  readonly unasked?: (event: RecordedEvent, of: StreamOf, tools: ToolTypes) => Unasked;
};
export type AnySetting = Setting<Command, DomainEvent, unknown>;

const setting = <C extends Command, E extends DomainEvent, S>(
  decided: Setting<C, E, S>['decided'],
  loosens: Setting<C, E, S>['loosens'],
  unasked?: Setting<C, E, S>['unasked'],
): AnySetting =>
  ({ decided, loosens, ...(unasked === undefined ? {} : { unasked }) }) as unknown as AnySetting;

/** The installation writes the built-in types, and the registry those of confirmed tools. */
const unaskedType: Setting<never, never, never>['unasked'] = ({ data, metadata }, { tenant }, tools) => {
  const { action_type: entry, content_hash: hash } = data as ActionTypeRegistered['data'];
  const { actor } = metadata;
  if (tenant !== systemTenant) return tools.makes(tenant, entry, hash, actor);
  if (actor.kind !== 'service' || actor.service !== 'policy-registry' || entry.version !== undefined)
    return false;
  return (
    builtInActionTypes.some((own) => sameJson(own, entry)) || {
      untold: 'the built-in type is of another release',
    }
  );
};

/** A person may make a link for themselves. */
const unaskedLink: Setting<never, never, never>['unasked'] = ({ type, data, metadata: { actor } }, { id }) =>
  type === 'PersonInvited' &&
  (data as { readonly occasion?: unknown }).occasion === 'link' &&
  actor.kind === 'person' &&
  actor.person_id === id;

const postureConfigLoosens = postureLoosens(postureTableOf({}));

/**
 * A policy loosens if it does so beside each set of policies that its service may have seen. If
 * they have no pointer in common, those of the first set are returned.
 */
const policyLoosensBeside =
  (beside: BesideOf): LoosensIfKnown<PolicyState> =>
  (before, after) => {
    if (!policyMayLoosen(before, after)) return [];
    const all = (beside() ?? []).map((one) => policyLoosens(one)(before, after));
    const [first, ...others] = all;
    if (first === undefined) return null;
    if (all.some((found) => found.length === 0)) return [];
    const common = first.filter(({ pointer }) =>
      others.every((one) => one.some((found) => found.pointer === pointer)),
    );
    return common.length === 0 ? first : common;
  };

/**
 * The settings that services write by change requests. A new one is a row here, once its service
 * writes it in this way. Before that, every such event of a real log would be a finding.
 *
 * Some settings are not in the table, because an earlier approval covers them. These are steps of a
 * canary, the return from break-glass, the recovery of the posture, and signed steps of earned
 * autonomy and of adaptive thresholds.
 */
const settings: readonly AnySetting[] = [
  // Modes, limits, the target of outcomes and the zone of the day are one stream.
  setting(modeDecided, ({ tenant }) => modesLoosens(tenant)),
  setting(budgetDecided, ({ id }) => budgetLoosens(id === `budget=${everyAccount}`)),
  setting(autoApprovalDecided, () => (before, after) => autoApprovalLoosens(before.config, after.config)),
  setting(requiredPeopleDecided, () => requiredPeopleLoosens),
  setting(retentionDecided, () => retentionLoosens),
  setting(deviceDecided, () => deviceLoosens),
  setting(tenantBindingDecided, () => tenantBindingLoosens),
  setting(forgottenTraceDecided, () => forgottenTraceLoosens),
  setting(rotaDecided, () => rotaLoosens),
  setting(lintDecided, () => lintLoosens),
  setting(signingDecided, () => signingLoosens),
  setting(rolloutDecided, () => (before, after) => rolloutLoosens(before.settings, after.settings)),
  setting(teamDecided, () => teamLoosens),
  setting(mcpServerDecided, () => mcpServerLoosens),
  setting(channelDecided, () => channelLoosens),
  setting(routeDecided, () => routesLoosen),
  setting(postureConfigDecided, () => (before, after) => postureConfigLoosens(before.config, after.config)),
  setting(
    actionTypeDecided,
    () => (before, after) =>
      actionTypeLoosens(before.retired ? null : before.entry, after.retired ? null : after.entry),
    unaskedType,
  ),
  setting(tenantDecided, () => tenantLoosens),
  setting(personDecided, () => personLoosens, unaskedLink),
  setting(policyDecided, (_, beside) => policyLoosensBeside(beside)),
];

/** The setting of a stream, if it is one. */
export const settingOf = ({ category, id }: StreamOf): AnySetting | undefined =>
  settings.find(({ decided }) => decided.category === category && decided.ids?.(id) !== false);

type First = { readonly stream: string; readonly command_id: string; readonly event: DomainEvent | null };

/**
 * The events that an installation writes at its first start; null if the operator chooses the
 * content.
 */
const firsts: readonly First[] = [
  ...shippedModes.map(({ command, ...of }) => ({
    ...of,
    event: modeDecided.decider.decide(command, modeDecided.decider.initial)[0] ?? null,
  })),
  { ...shippedBudget, event: budgetDecided.decider.decide(shippedBudget.command, null)[0] ?? null },
  {
    ...shippedPolicy,
    event: policyDecided.decider.decide(shippedPolicy.command, policyDecided.decider.initial)[0] ?? null,
  },
  { stream: requiredPeopleStream(systemTenant), command_id: firstRequiredPeopleId, event: null },
];

/**
 * True for an event that an installation writes at its first start, without asking anybody.
 * INVARIANT: it writes each only once, so a repeat does not count; `seen` keeps what was written.
 */
export const isFirst = (
  { stream, revision, type, data, metadata: { command_id } }: RecordedEvent,
  seen: Set<string>,
): boolean => {
  const first = firsts.find((one) => one.stream === stream && one.command_id === command_id);
  if (first === undefined || seen.has(command_id)) return false;
  seen.add(command_id);
  return first.event === null ? revision === 0n : sameJson(first.event, { type, data });
};
