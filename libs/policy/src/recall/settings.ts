import { contentHash, type RecalledStreams } from '@interlock/kernel';
import {
  actionTypeDecider,
  type ActionTypeCommand,
  type ActionTypeRegistered,
  type ActionTypeState,
} from '../action-type.js';
import {
  lintSettingsDecider,
  type LintConfigured,
  type LintSettings,
  type LintSettingsCommand,
} from '../lint/settings.js';
import { isTeamId, teamDecider, type TeamCommand, type TeamDefined, type TeamState } from '../teams/team.js';

export const actionTypeRecall: RecalledStreams<ActionTypeCommand, ActionTypeRegistered, ActionTypeState> = {
  category: 'action_type',
  kind: 'action_type',
  decider: actionTypeDecider,
  whole: () => true,
  recall: ([{ data }], _state, { id }) =>
    data.action_type.action_type === id && data.content_hash === contentHash(data.action_type)
      ? [{ type: 'RegisterActionType', entry: data.action_type }]
      : [],
};

export const teamRecall: RecalledStreams<TeamCommand, TeamDefined, TeamState> = {
  category: 'team',
  kind: 'team',
  decider: teamDecider,
  whole: () => true,
  recall: ([{ data }], _state, { id }) =>
    data.team_id === id && isTeamId(id) ? [{ type: 'DefineTeam', team: data }] : [],
};

export const lintRecall: RecalledStreams<LintSettingsCommand, LintConfigured, LintSettings> = {
  category: 'lint',
  kind: 'setting',
  decider: lintSettingsDecider,
  whole: () => true,
  recall: ([{ data }], _state, { id }) =>
    id === 'settings' ? [{ type: 'ConfigureLint', settings: data }] : [],
};
