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
import { rotaDecided, rotaLoosens } from '@interlock/notify';
import {
  lintDecided,
  lintLoosens,
  rolloutDecided,
  rolloutLoosens,
  signingDecided,
  signingLoosens,
  teamDecided,
  teamLoosens,
} from '@interlock/policy';
import {
  firstRequiredPeopleId,
  requiredPeopleDecided,
  requiredPeopleStream,
  retentionDecided,
} from '@interlock/rails';
import type { StreamOf } from '../stream-replay.js';

/** A setting whose loosening needs a change that people have approved. */
type Setting<C extends Command, E extends DomainEvent, S> = {
  /** The streams that hold it, and what decides there. */
  readonly decided: Pick<Decided<C, E, S>, 'category' | 'ids' | 'decider' | 'whole'>;
  /** The function that its service asks before it writes. */
  readonly loosens: (of: StreamOf) => Loosens<S>;
};
export type AnySetting = Setting<Command, DomainEvent, unknown>;

const setting = <C extends Command, E extends DomainEvent, S>(
  decided: Setting<C, E, S>['decided'],
  loosens: (of: StreamOf) => Loosens<S>,
): AnySetting => ({ decided, loosens }) as unknown as AnySetting;

/**
 * Settings that services write by change requests. A new one is a row here, once its service writes
 * it so: before that, every such event of a real log would be a finding.
 *
 * These are written by change requests and are not in the table yet. Channels, routes and the
 * configuration of the posture occur without one in recorded logs. What loosens a policy depends on
 * the other policies and bundles at the time of the request. Built-in action types, the first
 * credentials and the first invitations are written by the installation, which asks nobody.
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
