import type { ProblemDetails } from '../values/problems.js';
import { scopes, type Scope } from './scopes.js';

const reading: readonly Scope[] = [
  'POLICY_READ',
  'AUTONOMOUS_READ',
  'DEVICE_READ',
  'POSTURE_READ',
  'ALERT_READ',
  // The figures of a process name every tenant, so only users of the system's tenant may read them.
  'METRICS_READ',
];

/**
 * The permissions of each role. It is the one table from roles to scopes, for identity providers
 * and for people who are invited to the embedded installation.
 */
export const roleScopes = {
  viewer: reading,
  operator: [...reading, 'AUTONOMOUS_KILL', 'ALERT_WRITE', 'POSTURE_WRITE', 'DEVICE_WRITE'],
  approver: [...reading, 'AUTONOMOUS_APPROVE'],
  policy_author: [...reading, 'POLICY_WRITE'],
  policy_approver: [...reading, 'POLICY_ACTIVATE'],
  administrator: scopes,
  auditor: [...reading, 'POLICY_AUDIT', 'AUDIT_READ'],
} as const satisfies { readonly [role: string]: readonly Scope[] };
/**
 * The permissions of the role `agent`: to submit intents and plans, and to read its own. Only
 * registered agents have this role, never a person.
 */
export const agentScopes: readonly Scope[] = ['AUTONOMOUS_READ_OWN', 'AUTONOMOUS_SUBMIT'];
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

/**
 * Returns the roles in a provider's names; `policy-author` is `policy_author`. A name that is no
 * role is ignored and grants nothing.
 */
export const rolesNamed = (names: readonly string[]): readonly Role[] => {
  const asked = new Set(names.map((name) => name.replaceAll('-', '_')));
  return roles.filter((role) => asked.has(role));
};

/** Returns all permissions of the roles together. */
export const scopesOfRoles = (held: readonly Role[]): readonly Scope[] => {
  const may = new Set<Scope>(held.flatMap((role): readonly Scope[] => roleScopes[role]));
  return scopes.filter((scope) => may.has(scope));
};

/**
 * The signed-in user of the console, as the edge describes them to the browser. It never contains a
 * token.
 */
export type SessionView = {
  readonly name: string;
  /**
   * The first of the roles. Null if the identity provider names no known role; then there are no
   * scopes.
   */
  readonly role: Role | null;
  readonly roles: readonly Role[];
  readonly scopes: readonly Scope[];
  /** The tenants that the person may see, their own first. */
  readonly tenants: readonly string[];
  /** RFC 3339. */
  readonly expires_at: string;
  /**
   * Sign-in links that other people created for the person in the last 30 days, newest first. Each
   * one ended the person's sessions.
   */
  readonly links_made: readonly LinkMade[];
};
/** A sign-in link that another person created: its maker, and its time (RFC 3339). */
type LinkMade = { readonly by: string; readonly at: string };

/** The ways to log in, for a user who is not logged in yet: `GET /session/methods`. */
export type LoginMethods = {
  readonly invitation: boolean;
  readonly oidc: {
    /** The name by which people know the provider. */
    readonly name: string;
    readonly issuer: string;
    /** The settings of the command line: its client at the provider, and the requested scope. */
    readonly device: {
      readonly client_id: string;
      readonly scope: string;
      readonly resource: string | null;
    } | null;
  } | null;
  /** Why this browser's last login at the provider was refused. It is told once. */
  readonly refused: ProblemDetails | null;
};

/** A session of the console, as `GET /api/v1/sessions` lists it. */
export type SessionRecord = {
  readonly session_id: string;
  readonly name: string;
  readonly began_at: string;
  readonly expires_at: string;
  /** The `User-Agent` of the browser or the command line when the session began. */
  readonly user_agent: string | null;
  /** True for the session of the request itself. */
  readonly current: boolean;
};

/** A person who may sign in to the console by invitation, as in `GET /api/v1/people`. */
export type ConsolePersonRecord = {
  readonly person_id: string;
  readonly name: string;
  readonly role: Role;
  readonly tenants: readonly string[];
  /**
   * The subject of the inviter, and the time (RFC 3339). Null for people whom the installation
   * itself names; these cannot be removed.
   */
  readonly invited_by: string | null;
  readonly invited_at: string | null;
  /** RFC 3339. Null if no link is open. */
  readonly link_open_until: string | null;
  readonly removable: boolean;
  /** The change request for a link that nobody has used yet. Null if there is none. */
  readonly change_id: string | null;
};
/** A person with their sign-in link, an address of the console. The link is shown only once. */
export type PersonLink = ConsolePersonRecord & { readonly link: string };

/**
 * The topics of the live stream, with the scope that each needs: `GET
 * /api/v1/live?topics=actions,alerts`.
 */
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
  autonomy: { scope: 'AUTONOMY_ADMIN', categories: ['autonomy', 'budget', 'change'] },
  devices: { scope: 'DEVICE_READ', categories: ['device', 'device_binding', 'device_tx'] },
} as const;
export type LiveTopic = keyof typeof liveTopics;

/** One event of the log in the live stream. It has the event's place, but never its content. */
export type LiveNote = {
  readonly topic: LiveTopic;
  readonly type: string;
  readonly stream: string;
  /** The id of the stream's subject, e.g. an action or an alert. */
  readonly id: string;
  readonly tenant_id: string;
  readonly revision: string;
  readonly position: string;
  readonly at: string;
};
