import type { ProblemCode, Timestamp } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import {
  canaryStages,
  type CanaryPct,
  type PromotionTrigger,
  type RollbackTrigger,
  type RolloutEvent,
} from './events.js';
import type { GateReport } from './gates.js';
import { refuseSettings, type RolloutSettings } from './settings.js';
import { pageKey, type CanaryBundle } from './standing.js';
import { dwellEnd, isHeld, type RolloutState } from './state.js';

/** Times come with the command. The bundle must be released and its approval checked. */
export type RolloutCommand =
  /**
   * `canary_pct`, if given, must be the expected share: 10 beside an active bundle, else 100.
   * `against_hash`, if given, is the bundle that was active when the approval was given.
   */
  | {
      readonly kind: 'ActivateBundle';
      readonly bundle_id: string;
      readonly bundle_version: string;
      readonly bundle_hash: string;
      readonly approval_id: string;
      readonly against_hash?: string | null;
      readonly canary_pct?: number;
    }
  /** `from_pct` pins the judged stage; at another stage nothing happens. */
  | {
      readonly kind: 'PromoteCanary';
      readonly bundle_id: string;
      readonly from_pct?: number;
      readonly to_pct?: number;
      readonly trigger: PromotionTrigger;
      readonly reason: string | null;
      readonly verdicts: GateReport | null;
      readonly now: Timestamp;
    }
  /** `at_pct` pins the stage in the same way. */
  | {
      readonly kind: 'RollBackBundle';
      readonly bundle_id: string;
      readonly at_pct?: number;
      readonly trigger: RollbackTrigger;
      readonly reason: string;
      readonly verdicts: GateReport | null;
      readonly incident_id?: string;
    }
  | {
      readonly kind: 'HoldCanary';
      readonly bundle_id: string;
      readonly reason: string;
      readonly until: Timestamp | null;
      readonly incident_id?: string;
      readonly now: Timestamp;
    }
  | { readonly kind: 'ReleaseCanary'; readonly bundle_id: string; readonly reason: string }
  | {
      readonly kind: 'SchedulePromotion';
      readonly bundle_id: string;
      readonly at: Timestamp;
      readonly now: Timestamp;
    }
  | { readonly kind: 'UnschedulePromotion'; readonly bundle_id: string }
  | {
      readonly kind: 'PageForBundle';
      readonly bundle_id: string;
      readonly incident_id: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'BypassPolicy';
      readonly reason: string;
      readonly minutes: number;
      readonly now: Timestamp;
    }
  | { readonly kind: 'EndBypass'; readonly reason: 'elapsed' | 'ended'; readonly now: Timestamp }
  | { readonly kind: 'ConfigureRollout'; readonly settings: RolloutSettings };
type Of<Type extends RolloutCommand['kind']> = Extract<RolloutCommand, { kind: Type }>;

/** The longest bypass, in minutes. */
export const mostBypassMinutes = 1440;
/** How many minutes a bypass lasts if nobody says otherwise. */
export const usualBypassMinutes = 60;

const refuse = (
  code: ProblemCode,
  detail: string,
  options: { readonly remedy?: string; readonly members?: { readonly [name: string]: unknown } } = {},
): never => {
  throw new ProblemError(code, detail, options);
};
const invalid = (pointer: string, detail: string): never => {
  throw new ProblemError('validation-failed', `\`${pointer}\` ${detail}`, {
    violations: [{ pointer, code: 'range', detail }],
  });
};

const activate = (
  { bundle_id, bundle_version, bundle_hash, approval_id, against_hash, canary_pct }: Of<'ActivateBundle'>,
  state: RolloutState,
): readonly RolloutEvent[] => {
  if (canary_pct !== undefined && (!Number.isInteger(canary_pct) || canary_pct < 0 || canary_pct > 100))
    invalid('/canary_pct', 'must be a whole number from 0 to 100');
  if (state.active?.bundle_id === bundle_id || state.canary?.bundle_id === bundle_id) return [];
  if (state.superseded.some((one) => one.bundle_id === bundle_id))
    refuse('wrong-state', `bundle \`${bundle_version}\` was superseded`, {
      remedy: 'make a new version with its rules',
    });
  if (state.rolled_back.includes(bundle_id))
    refuse('wrong-state', `bundle \`${bundle_version}\` was rolled back`, {
      remedy: 'make a new version with its rules',
    });
  if (state.canary !== null)
    refuse(
      'canary-running',
      `bundle \`${state.canary.bundle_version}\` is the canary at ${state.canary.canary_pct} %`,
      {
        members: { canary: state.canary.bundle_id, canary_pct: state.canary.canary_pct },
        remedy: 'promote it to 100 % or roll it back first',
      },
    );
  const activeHash = state.active?.bundle_hash ?? null;
  if (against_hash !== undefined && against_hash !== activeHash) {
    refuse('approval-stale', `approval \`${approval_id}\` was given when another bundle was active`, {
      members: { approved_against: against_hash, active_hash: activeHash },
      remedy: 'look at the flip list as it is now, and approve again',
    });
  }
  const due = state.active === null ? 100 : canaryStages[0];
  if (canary_pct !== undefined && canary_pct !== due)
    refuse('wrong-state', `a bundle begins at ${due} % here, not at ${canary_pct} %`);
  return [
    {
      type: 'BundleActivated',
      data: {
        bundle_id,
        bundle_version,
        bundle_hash,
        canary_pct: due,
        approval_id,
        previous_bundle_id: state.active?.bundle_id ?? null,
      },
    },
  ];
};

const runningCanary = (state: RolloutState, bundleId: string): CanaryBundle => {
  if (state.canary?.bundle_id === bundleId) return state.canary;
  const is =
    state.active?.bundle_id === bundleId
      ? 'active at 100 %'
      : state.rolled_back.includes(bundleId)
        ? 'rolled back'
        : state.superseded.some((one) => one.bundle_id === bundleId)
          ? 'superseded'
          : 'not activated';
  return refuse('wrong-state', `the bundle is not a canary, it is ${is}`, { members: { state: is } });
};

const nextStage = (pct: number): CanaryPct => canaryStages.find((stage) => stage > pct)!;

/**
 * Refuses a promotion that the gates do not support. An automatic promotion needs the statistical
 * evidence; a person may promote on the plain figures. Both need a verdict of this same stage.
 */
const refuseGates = (trigger: PromotionTrigger, verdicts: GateReport | null, pct: number): void => {
  if (verdicts === null || verdicts.pct !== pct)
    return refuse('gates-not-passed', 'the gates of this stage have not been judged', {
      remedy: 'ask again in a moment',
    });
  const passed =
    trigger === 'person'
      ? verdicts.threshold_verdict.outcome === 'promotable'
      : verdicts.evidence.outcome === 'promote';
  if (!passed)
    refuse(
      'gates-not-passed',
      `the gates of the stage at ${pct} % are not passed: ${verdicts.threshold_verdict.failing.join(', ') || 'not shown yet'}`,
      { members: { gates: verdicts } },
    );
};

const promote = (command: Of<'PromoteCanary'>, state: RolloutState): readonly RolloutEvent[] => {
  const { bundle_id, trigger, reason, verdicts, now } = command;
  if (
    command.from_pct !== undefined &&
    (state.canary?.bundle_id !== bundle_id || state.canary.canary_pct !== command.from_pct)
  )
    return [];
  const canary = runningCanary(state, bundle_id);
  const from = canary.canary_pct as CanaryPct;
  const to = nextStage(from);
  if (command.to_pct !== undefined && command.to_pct !== to)
    refuse('wrong-state', `from ${from} % a canary goes to ${to} %, not to ${command.to_pct} %`, {
      members: { canary_pct: from },
    });
  if (state.bypass !== null)
    refuse('wrong-state', 'policies are bypassed: nothing is promoted meanwhile', {
      members: { until: state.bypass.until },
    });
  if (isHeld(canary, now))
    refuse('canary-held', 'the canary is held', {
      members: { until: canary.held?.until ?? null },
      remedy: 'release it first',
    });
  const end = dwellEnd(canary, state.settings);
  const early = Date.parse(now) < Date.parse(end);
  if (early && (trigger !== 'person' || reason === null || reason === '')) {
    refuse('dwell-not-over', `the stage at ${from} % lasts until ${end}`, {
      members: { until: end },
      remedy: 'wait, or give a reason to promote before',
    });
  }
  if (trigger === 'automatic' && !state.settings.auto_promote)
    refuse('wrong-state', 'nothing is promoted automatically here');
  if (
    trigger === 'scheduled' &&
    (canary.scheduled === null || Date.parse(now) < Date.parse(canary.scheduled.at))
  )
    refuse('wrong-state', 'no promotion is due by schedule');
  refuseGates(trigger, verdicts, from);
  return [
    {
      type: 'CanaryPromoted',
      data: {
        bundle_id,
        bundle_version: canary.bundle_version,
        bundle_hash: canary.bundle_hash,
        from_pct: from,
        to_pct: to,
        previous_bundle_id: to === 100 ? (state.active?.bundle_id ?? null) : null,
        trigger,
        early,
        reason,
        verdicts,
      },
    },
  ];
};

const rollBack = (
  { bundle_id, at_pct, trigger, reason, verdicts, incident_id }: Of<'RollBackBundle'>,
  state: RolloutState,
): readonly RolloutEvent[] => {
  const { active, canary } = state;
  const bundle = canary?.bundle_id === bundle_id ? canary : active?.bundle_id === bundle_id ? active : null;
  if (state.rolled_back.includes(bundle_id) || (at_pct !== undefined && bundle?.canary_pct !== at_pct))
    return [];
  if (bundle === null)
    return refuse('wrong-state', 'only the active bundle and the canary can be rolled back');
  const was = bundle === canary ? 'canary' : 'active';
  const restored = was === 'canary' ? active : (state.superseded.at(-1) ?? null);
  return [
    {
      type: 'BundleRolledBack',
      data: {
        bundle_id,
        bundle_version: bundle.bundle_version,
        bundle_hash: bundle.bundle_hash,
        was,
        canary_pct: bundle.canary_pct,
        restored_bundle_id: restored?.bundle_id ?? null,
        restored_version: restored?.bundle_version ?? null,
        withdrawn_canary_id: was === 'active' ? (canary?.bundle_id ?? null) : null,
        trigger,
        reason,
        verdicts,
        incident_id: incident_id ?? null,
      },
    },
  ];
};

const hold = (
  { bundle_id, reason, until, incident_id, now }: Of<'HoldCanary'>,
  state: RolloutState,
): readonly RolloutEvent[] => {
  const canary = runningCanary(state, bundle_id);
  if (until !== null && !(Date.parse(until) > Date.parse(now))) invalid('/until', 'must be in the future');
  if (canary.held?.reason === reason && canary.held.until === until) return [];
  // Only a person releases a hold without an end, or with a later one. Another hold does not
  // shorten it.
  if (isHeld(canary, now) && incident_id !== undefined) return [];
  const { held } = canary;
  if (
    isHeld(canary, now) &&
    held !== null &&
    until !== null &&
    (held.until === null || Date.parse(until) < Date.parse(held.until))
  ) {
    return refuse('canary-held', 'the canary is held for longer', {
      members: { until: held.until },
      remedy: 'release it first',
    });
  }
  return [{ type: 'CanaryHeld', data: { bundle_id, reason, until, incident_id: incident_id ?? null } }];
};

const schedule = (
  { bundle_id, at, now }: Of<'SchedulePromotion'>,
  state: RolloutState,
): readonly RolloutEvent[] => {
  const canary = runningCanary(state, bundle_id);
  if (!(Date.parse(at) > Date.parse(now))) invalid('/at', 'must be in the future');
  const end = dwellEnd(canary, state.settings);
  if (Date.parse(at) < Date.parse(end))
    refuse('dwell-not-over', `the stage at ${canary.canary_pct} % lasts until ${end}`, {
      members: { until: end },
      remedy: 'choose a later time',
    });
  return canary.scheduled?.at === at
    ? []
    : [{ type: 'PromotionScheduled', data: { bundle_id, to_pct: nextStage(canary.canary_pct), at } }];
};

const page = (
  { bundle_id, incident_id, reason }: Of<'PageForBundle'>,
  state: RolloutState,
): readonly RolloutEvent[] => {
  const bundle = [state.canary, state.active].find((one) => one?.bundle_id === bundle_id);
  if (bundle === undefined || bundle === null || state.paged.includes(pageKey({ bundle_id, incident_id })))
    return [];
  return [
    { type: 'RolloutPaged', data: { bundle_id, bundle_version: bundle.bundle_version, incident_id, reason } },
  ];
};

const bypass = (
  { reason, minutes, now }: Of<'BypassPolicy'>,
  state: RolloutState,
): readonly RolloutEvent[] => {
  if (!(minutes > 0 && minutes <= mostBypassMinutes))
    invalid('/minutes', `must be more than 0 and at most ${mostBypassMinutes}`);
  if (reason === '') invalid('/reason', 'must not be empty');
  const until = new Date(Date.parse(now) + minutes * 60_000).toISOString();
  return [{ type: 'PolicyBypassed', data: { reason, until, since: state.bypass?.since ?? now } }];
};

const endBypass = ({ reason, now }: Of<'EndBypass'>, state: RolloutState): readonly RolloutEvent[] => {
  if (state.bypass === null || (reason === 'elapsed' && Date.parse(now) < Date.parse(state.bypass.until)))
    return [];
  return [{ type: 'PolicyBypassEnded', data: { reason, since: state.bypass.since } }];
};

export const decideRollout = (command: RolloutCommand, state: RolloutState): readonly RolloutEvent[] => {
  switch (command.kind) {
    case 'ActivateBundle':
      return activate(command, state);
    case 'PromoteCanary':
      return promote(command, state);
    case 'RollBackBundle':
      return rollBack(command, state);
    case 'HoldCanary':
      return hold(command, state);
    case 'ReleaseCanary':
      return runningCanary(state, command.bundle_id).held === null
        ? []
        : [{ type: 'CanaryReleased', data: { bundle_id: command.bundle_id, reason: command.reason } }];
    case 'SchedulePromotion':
      return schedule(command, state);
    case 'UnschedulePromotion':
      return runningCanary(state, command.bundle_id).scheduled === null
        ? []
        : [{ type: 'PromotionUnscheduled', data: { bundle_id: command.bundle_id } }];
    case 'PageForBundle':
      return page(command, state);
    case 'BypassPolicy':
      return bypass(command, state);
    case 'EndBypass':
      return endBypass(command, state);
    case 'ConfigureRollout': {
      refuseSettings(command.settings);
      return JSON.stringify(command.settings) === JSON.stringify(state.settings)
        ? []
        : [{ type: 'RolloutConfigured', data: { settings: command.settings } }];
    }
  }
};
