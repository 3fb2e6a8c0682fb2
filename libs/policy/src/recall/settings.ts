import { contentHash, type RecalledStreams } from '@interlock/kernel';
import {
  actionTypeDecider,
  type ActionTypeCommand,
  type ActionTypeEvent,
  type ActionTypeState,
} from '../action-type.js';
import {
  lintSettingsDecider,
  type LintConfigured,
  type LintSettings,
  type LintSettingsCommand,
} from '../lint/settings.js';
import { isTeamId, teamDecider, type TeamCommand, type TeamDefined, type TeamState } from '../teams/team.js';

export const actionTypeRecall: RecalledStreams<ActionTypeCommand, ActionTypeEvent, ActionTypeState> = {
  category: 'action_type',
  kind: 'action_type',
  decider: actionTypeDecider,
  whole: ({ type }) => type === 'ActionTypeRegistered',
  recall: ([{ type, data }], state, { id }) => {
    if (type === 'ActionTypeRetired') return data.action_type === id ? [{ type: 'RetireActionType' }] : [];
    const { version, ...content } = data.action_type;
    if (content.action_type !== id || data.content_hash !== contentHash(content)) return [];
    if (version === undefined) return [{ type: 'RegisterActionType', entry: data.action_type }];
    // A version is one more than the one before, which has to be known.
    return [{ type: 'DefineActionType', content }];
  },
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
