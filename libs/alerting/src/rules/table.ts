import type { Rule } from '../rule.js';
import { approvalExpiring } from './approval_expiring.js';
import { brakeEngaged } from './brake_engaged.js';
import { breakGlass } from './break_glass.js';
import { budgetHigh } from './budget_high.js';
import { bundleRolledBackRule } from './bundle_rolled_back.js';
import { canaryGate } from './canary_gate.js';
import { channelFailing } from './channel_failing.js';
import { credentialExpiring } from './credential_expiring.js';
import { deviceDrift } from './device_drift.js';
import { deviceUnreachable } from './device_unreachable.js';
import { fixBranch } from './fix_branch.js';
import { forgedEvent } from './forged_event.js';
import { killSwitch } from './kill_switch.js';
import { logTampered } from './log_tampered.js';
import { oncallUnreadable } from './oncall_unreadable.js';
import { openWorkMissed } from './open_work_missed.js';
import { personAsked } from './person_asked.js';
import { policyErrorRate } from './policy_error_rate.js';
import { policyRollout } from './policy_rollout.js';
import { postureChanged } from './posture_changed.js';
import { projectionLag } from './projection_lag.js';
import { redFlips } from './red_flips.js';
import { redSustained } from './red_sustained.js';
import { responsesBlocked } from './responses_blocked.js';
import { rollbackFailed } from './rollback_failed.js';
import { temporaryChangeStays } from './temporary_change_stays.js';
import { twinWithoutVote } from './twin_without_vote.js';

/**
 * Every alert, in the order of docs/runbooks/README.md. The last ones are the page of the policy
 * registry, a failing channel, what waits for a person, and what expires.
 */
export const rules = [
  redFlips,
  postureChanged,
  redSustained,
  brakeEngaged,
  responsesBlocked,
  fixBranch,
  policyErrorRate,
  rollbackFailed,
  canaryGate,
  bundleRolledBackRule,
  budgetHigh,
  killSwitch,
  breakGlass,
  deviceUnreachable,
  deviceDrift,
  temporaryChangeStays,
  twinWithoutVote,
  logTampered,
  forgedEvent,
  openWorkMissed,
  projectionLag,
  policyRollout,
  channelFailing,
  personAsked,
  approvalExpiring,
  credentialExpiring,
  oncallUnreadable,
] as unknown as readonly Rule[];

/** The rule with a name. */
export const ruleOf = (name: string): Rule | undefined => rules.find((one) => one.name === name);

/** True for an alert that a service reports by itself; no event causes it. */
export const isReported = ({ events }: Rule): boolean => Object.keys(events).length === 0;

/** The categories of streams whose events any rule folds. */
export const ruleCategories: readonly string[] = [
  ...new Set(rules.flatMap(({ events }) => Object.keys(events))),
];
