import { list } from '../../lists.js';

/** `interlock inbox`: everything that waits for a person. */
export const addInbox = list({
  command: 'inbox',
  about: 'list what waits for your decision, the soonest to expire first',
  route: 'GET /api/v1/autonomous/inbox',
  what: 'requests that you may decide on',
  query: {
    '--view <view>': {
      about: 'mine: what you may decide; all: everything that waits',
      choices: ['mine', 'all'],
    },
    '--kind <kind>':
      'window, approval, plan, bundle, step_up, threshold, kill_switch, brake, trust_lock or change',
    '--type <type>': { about: 'only this action type', as: 'action_type' },
    '--entity <id>': { about: 'only this entity', as: 'entity_id' },
    '--entity-prefix <text>': 'only entities that begin so',
    '--agent <agent>': 'only this agent',
    '--account <id>': { about: 'only this account', as: 'account_id' },
    '--gate <gate>': 'only what this gate asks a person about',
    '--since <time>': 'requested then or later (RFC 3339)',
    '--until <time>': 'requested before then (RFC 3339)',
  },
  limit: 50,
  topics: ['actions', 'plans', 'policies', 'autonomy', 'stops', 'posture'],
  columns: [
    { head: 'EXPIRES (UTC)', time: ({ expires_at }) => expires_at },
    { head: 'KIND', of: ({ kind }) => kind },
    {
      head: 'ABOUT',
      of: ({ title, subject }) => (subject === null ? title : `${title} ${subject}`),
      fit: 16,
    },
    { head: 'YES', of: ({ approvals, approvals_required: of }) => `${approvals} of ${of}` },
    { head: 'ASKS', of: ({ asks, why_not }) => (why_not === null ? asks : `${asks} (${why_not})`), fit: 16 },
    { head: 'ID', of: ({ id }) => id, wide: true },
  ],
  id: ({ id }) => id,
});
