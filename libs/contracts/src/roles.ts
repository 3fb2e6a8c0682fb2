import { scopes, type Scope } from './scopes.js';

const reading: readonly Scope[] = [
  'POLICY_READ',
  'AUTONOMOUS_READ',
  'DEVICE_READ',
  'POSTURE_READ',
  'ALERT_READ',
];

/** What each role may do: the one table from the roles of an identity provider, and of the invited people of the embedded default, to scopes. */
export const roleScopes = {
  viewer: reading,
  operator: [...reading, 'AUTONOMOUS_KILL', 'ALERT_WRITE', 'POSTURE_WRITE', 'DEVICE_WRITE'],
  approver: [...reading, 'AUTONOMOUS_APPROVE'],
  policy_author: [...reading, 'POLICY_WRITE'],
  policy_approver: [...reading, 'POLICY_ACTIVATE'],
  administrator: scopes,
  auditor: [...reading, 'POLICY_AUDIT', 'AUDIT_READ'],
} as const satisfies { readonly [role: string]: readonly Scope[] };
export type Role = keyof typeof roleScopes;
export const roles: readonly Role[] = [
  'viewer',
  'operator',
  'approver',
  'policy_author',
  'policy_approver',
  'administrator',
  'auditor',
];

/** Who is signed in to the console, as the edge tells the browser; never a token. */
export type SessionView = {
  readonly name: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  /** The tenants that the person may look at, their own first. */
  readonly tenants: readonly string[];
  /** RFC 3339. */
  readonly expires_at: string;
};

/** What the live stream tells of, and the scope that each needs: `GET /api/v1/live?topics=actions,alerts`. */
export const liveTopics = {
  actions: { scope: 'AUTONOMOUS_READ', categories: ['action'] },
  plans: { scope: 'AUTONOMOUS_READ', categories: ['plan'] },
  stops: { scope: 'AUTONOMOUS_READ', categories: ['kill_switch'] },
  alerts: { scope: 'ALERT_READ', categories: ['alert', 'incident', 'delivery'] },
  posture: {
    scope: 'POSTURE_READ',
    categories: ['posture', 'signal', 'trust_lock', 'brake', 'response'],
  },
  policies: { scope: 'POLICY_READ', categories: ['policy', 'bundle', 'rollout', 'team', 'action_type'] },
  autonomy: { scope: 'AUTONOMY_ADMIN', categories: ['autonomy', 'budget'] },
  devices: { scope: 'DEVICE_READ', categories: ['device', 'device_tx'] },
} as const;
export type LiveTopic = keyof typeof liveTopics;

/** One event of the log as the live stream tells it: where it stands, and never what it holds. */
export type LiveNote = {
  readonly topic: LiveTopic;
  readonly type: string;
  readonly stream: string;
  /** What the stream is about: an action, an alert. */
  readonly id: string;
  readonly tenant_id: string;
  readonly revision: string;
  readonly position: string;
  readonly at: string;
};
