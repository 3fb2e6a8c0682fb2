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
import { systemTenant } from '@interlock/contracts';
import {
  requiredPeopleLoosens,
  retentionLoosens,
  sameJson,
  type Command,
  type Decided,
  type DomainEvent,
  type Loosens,
  type RecordedEvent,
} from '@interlock/kernel';
import {
  deviceBindingsLoosens,
  deviceDecided,
  tenantBindingDecided,
  tenantBindingLoosens,
} from '@interlock/network';
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
  rolloutDecided,
  rolloutLoosens,
  signingDecided,
  signingLoosens,
  teamDecided,
  teamLoosens,
} from '@interlock/policy';
import { postureConfigDecided, postureLoosens } from '@interlock/posture';
import {
  actionTypeLoosens,
  firstRequiredPeopleId,
  postureTableOf,
  requiredPeopleDecided,
  requiredPeopleStream,
  retentionDecided,
  tenantDecided,
  tenantLoosens,
} from '@interlock/rails';
import { personDecided, personLoosens } from '@interlock/tree';
import type { StreamOf } from '../stream-replay.js';

/** A setting whose loosening needs a change that people have approved. */
type Setting<C extends Command, E extends DomainEvent, S> = {
  /** The streams that hold it, and what decides there. */
  readonly decided: Pick<Decided<C, E, S>, 'category' | 'ids' | 'decider' | 'whole'>;
  /** The function that its service asks before it writes. */
  readonly loosens: (of: StreamOf) => Loosens<S>;
  /** Set where a log may loosen it without a change: why nothing tells whether it needed one. */
  readonly untold?: string;
};
export type AnySetting = Setting<Command, DomainEvent, unknown>;

const setting = <C extends Command, E extends DomainEvent, S>(
  decided: Setting<C, E, S>['decided'],
  loosens: (of: StreamOf) => Loosens<S>,
  untold?: string,
): AnySetting => ({ decided, loosens, ...(untold === undefined ? {} : { untold }) }) as unknown as AnySetting;

const earlier = 'earlier releases asked nobody, and the event does not tell its release';
const installed =
  'the installation asks nobody for its first ones, and the event does not tell it from others';
const compares = 'what loosens a policy depends on the other policies and bundles at the time of the request';

/**
 * Settings that services write by change requests. A new one is a row here, once its service writes
 * it so: before that, every such event of a real log would be a finding.
 *
 * The last seven may be loosened without a change, and the row says why nothing tells when. A
 * replay counts these as agreeing with themselves. It checks the changes that their events name, as
 * for all settings.
 *
 * These are not in the table, because an earlier yes covers them: steps of a canary, the return
 * from break-glass, the recovery of the posture, signed steps of earned autonomy and of adaptive
 * thresholds.
 */
const settings: readonly AnySetting[] = [
  // Modes, limits, the target of outcomes and the zone of the day are one stream.
  setting(modeDecided, ({ tenant }) => modesLoosens(tenant)),
  setting(budgetDecided, ({ id }) => budgetLoosens(id === `budget=${everyAccount}`)),
  setting(autoApprovalDecided, () => (before, after) => autoApprovalLoosens(before.config, after.config)),
  setting(requiredPeopleDecided, () => requiredPeopleLoosens),
  setting(retentionDecided, () => retentionLoosens),
  setting(deviceDecided, () => deviceBindingsLoosens),
  setting(tenantBindingDecided, () => tenantBindingLoosens),
  setting(rotaDecided, () => rotaLoosens),
  setting(lintDecided, () => lintLoosens),
  setting(signingDecided, () => signingLoosens),
  setting(rolloutDecided, () => (before, after) => rolloutLoosens(before.settings, after.settings)),
  setting(teamDecided, () => teamLoosens),
  setting(mcpServerDecided, () => mcpServerLoosens),
  setting(channelDecided, () => channelLoosens, earlier),
  setting(routeDecided, () => routesLoosen, earlier),
  setting(
    postureConfigDecided,
    () => {
      const loosens = postureLoosens(postureTableOf({}));
      return (before, after) => loosens(before.config, after.config);
    },
    earlier,
  ),
  setting(
    actionTypeDecided,
    () => (before, after) =>
      actionTypeLoosens(before.retired ? null : before.entry, after.retired ? null : after.entry),
    installed,
  ),
  setting(tenantDecided, () => tenantLoosens, installed),
  setting(personDecided, () => personLoosens, installed),
  setting(
    policyDecided,
    () =>
      (_before, { versions }) =>
        versions.at(-1)?.status === 'active' ? [{ pointer: '', detail: 'is in force' }] : [],
    compares,
  ),
];

/** The setting of a stream, if it is one. */
export const settingOf = ({ category, id }: StreamOf): AnySetting | undefined =>
  settings.find(({ decided }) => decided.category === category && decided.ids?.(id) !== false);

type First = { readonly stream: string; readonly command_id: string; readonly event: DomainEvent | null };

/** What an installation writes at its first start; null where the operator chooses the content. */
const firsts: readonly First[] = [
  ...shippedModes.map(({ command, ...of }) => ({
    ...of,
    event: modeDecided.decider.decide(command, modeDecided.decider.initial)[0] ?? null,
  })),
  { ...shippedBudget, event: budgetDecided.decider.decide(shippedBudget.command, null)[0] ?? null },
  { stream: requiredPeopleStream(systemTenant), command_id: firstRequiredPeopleId, event: null },
];

/**
 * True for what an installation writes at its first start, for which it asks nobody. INVARIANT: it
 * writes each once, so a repeat is none; `seen` keeps what was written.
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
