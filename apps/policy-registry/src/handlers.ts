import { handlerOf } from '@interlock/platform';
import {
  actionTypeDecider,
  bundleDecider,
  exportsDecider,
  lintSettingsDecider,
  policyDecider,
  refusalsDecider,
  rolloutDecider,
  signingDecider,
  teamDecider,
} from '@interlock/policy';

// The command handlers of this process, one per decider. Services inject them by these names.
export class ActionTypeHandler extends handlerOf(actionTypeDecider) {}
export class BundleHandler extends handlerOf(bundleDecider) {}
export class ExportsHandler extends handlerOf(exportsDecider, { cacheSize: 100 }) {}
export class LintSettingsHandler extends handlerOf(lintSettingsDecider) {}
export class PolicyHandler extends handlerOf(policyDecider) {}
export class RefusalsHandler extends handlerOf(refusalsDecider, { cacheSize: 100 }) {}
export class RolloutHandler extends handlerOf(rolloutDecider) {}
export class SigningHandler extends handlerOf(signingDecider) {}
export class TeamHandler extends handlerOf(teamDecider) {}

export const handlers = [
  ActionTypeHandler,
  BundleHandler,
  ExportsHandler,
  LintSettingsHandler,
  PolicyHandler,
  RefusalsHandler,
  RolloutHandler,
  SigningHandler,
  TeamHandler,
];
