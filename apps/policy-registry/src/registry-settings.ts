import { Injectable } from '@nestjs/common';
import { parseStream, type ActionTypeV1 } from '@interlock/contracts';
import { SettingChanges, type Setting } from '@interlock/platform';
import {
  actionTypeDecider,
  actionTypeStream,
  lintLoosens,
  lintSettingsDecider,
  lintStream,
  rolloutDecider,
  rolloutLoosens,
  rolloutStream,
  signingDecider,
  signingLoosens,
  signingStream,
  type ActionTypeCommand,
  type ActionTypeEvent,
  type ActionTypeState,
  type LintConfigured,
  type LintSettings,
  type LintSettingsCommand,
  type RolloutCommand,
  type RolloutEvent,
  type RolloutState,
  type SigningCommand,
  type SigningConfigured,
  type SigningState,
} from '@interlock/policy';
import { actionTypeLoosens } from '@interlock/rails';
import { ActionTypeHandler, LintSettingsHandler, RolloutHandler, SigningHandler } from './handlers.js';

const tenantOf = (stream: string): string => parseStream(stream)?.tenant ?? '';
const idOf = (stream: string): string => parseStream(stream)?.id ?? '';
const inForce = ({ entry, retired }: ActionTypeState): ActionTypeV1 | null => (retired ? null : entry);

/**
 * The settings of the registry, each with its definition of a loosening change. Policies and teams
 * read several of them.
 */
@Injectable()
export class RegistrySettings {
  readonly actionTypes: Setting<ActionTypeCommand, ActionTypeEvent, ActionTypeState>;
  readonly lint: Setting<LintSettingsCommand, LintConfigured, LintSettings>;
  readonly rollout: Setting<RolloutCommand, RolloutEvent, RolloutState>;
  readonly signing: Setting<SigningCommand, SigningConfigured, SigningState>;

  constructor(
    readonly changes: SettingChanges,
    actionTypes: ActionTypeHandler,
    lint: LintSettingsHandler,
    rollouts: RolloutHandler,
    signing: SigningHandler,
  ) {
    this.actionTypes = changes.add({
      holds: (stream) => stream === actionTypeStream(idOf(stream), tenantOf(stream)),
      decider: actionTypeDecider,
      handler: actionTypes,
      scope: 'AUTONOMY_ADMIN',
      loosens: () => (before, after) => actionTypeLoosens(inForce(before), inForce(after)),
    });
    this.lint = changes.add({
      holds: (stream) => stream === lintStream(tenantOf(stream)),
      decider: lintSettingsDecider,
      handler: lint,
      scope: 'POLICY_ACTIVATE',
      loosens: () => lintLoosens,
    });
    this.rollout = changes.add({
      holds: (stream) => stream === rolloutStream(tenantOf(stream), idOf(stream)),
      decider: rolloutDecider,
      handler: rollouts,
      scope: 'POLICY_ACTIVATE',
      loosens: () => (before, after) => rolloutLoosens(before.settings, after.settings),
    });
    this.signing = changes.add({
      holds: (stream) => stream === signingStream(tenantOf(stream)),
      decider: signingDecider,
      handler: signing,
      scope: 'POLICY_ACTIVATE',
      loosens: () => signingLoosens,
    });
  }
}
