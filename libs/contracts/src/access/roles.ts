import { scopes, type Scope } from './scopes.js';

const reading: readonly Scope[] = [
  'POLICY_READ',
  'AUTONOMOUS_READ',
  'DEVICE_READ',
  'POSTURE_READ',
  'ALERT_READ',
  // The figures of a process name every tenant, so they are only for users of the system's tenant.
  'METRICS_READ',
];

/**
 * The permissions of each role: the one table from roles to scopes, for identity providers and for
 * invited people of the embedded default.
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
 * The permissions of the role `agent`, which only registered agents have and no person: to submit
 * intents and plans, and to read what it submitted.
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
 * The roles among a provider's names; `policy-author` is `policy_author`. A name that is no role is
 * left out and gives nothing.
 */
export const rolesNamed = (names: readonly string[]): readonly Role[] => {
  const asked = new Set(names.map((name) => name.replaceAll('-', '_')));
  return roles.filter((role) => asked.has(role));
};

/** All permissions of the roles together. */
export const scopesOfRoles = (held: readonly Role[]): readonly Scope[] => {
  const may = new Set<Scope>(held.flatMap((role): readonly Scope[] => roleScopes[role]));
  return scopes.filter((scope) => may.has(scope));
};

/** Who is signed in to the console, as the edge tells the browser; never a token. */
export type SessionView = {
  readonly name: string;
  /**
   * The first of the roles; null where the identity provider gives none that is known, and then
   * there are no scopes.
   */
  readonly role: Role | null;
  readonly roles: readonly Role[];
  readonly scopes: readonly Scope[];
  /** The tenants that the person may look at, their own first. */
  readonly tenants: readonly string[];
  /** RFC 3339. */
  readonly expires_at: string;
  /**
   * Links that somebody else had made for the person in the last 30 days, the newest first. Each
   * ended the person's sessions.
   */
  readonly links_made: readonly LinkMade[];
};
/** A sign-in link that somebody else had made for a person: by whom, and when (RFC 3339). */
type LinkMade = { readonly by: string; readonly at: string };

/** How one may log in here, for whom nobody knows yet: `GET /session/methods`. */
export type LoginMethods = {
  readonly invitation: boolean;
  readonly oidc: {
    /** What people know the provider by. */
    readonly name: string;
    readonly issuer: string;
    /** For the command line: its client at the provider, and what it asks for. */
    readonly device: {
      readonly client_id: string;
      readonly scope: string;
      readonly resource: string | null;
    } | null;
  } | null;
};

/** A session of the console, as `GET /api/v1/sessions` lists it. */
export type SessionRecord = {
  readonly session_id: string;
  readonly name: string;
  readonly began_at: string;
  readonly expires_at: string;
  /** What the browser, or the command line, called itself when the session began. */
  readonly user_agent: string | null;
  /** Whether it is the one that asks. */
  readonly current: boolean;
};

/** Somebody who may sign in to the console by invitation, as `GET /api/v1/people` lists them. */
export type ConsolePersonRecord = {
  readonly person_id: string;
  readonly name: string;
  readonly role: Role;
  readonly tenants: readonly string[];
  /**
   * The subject of who invited them, and when (RFC 3339); null for those whom the installation
   * names itself, who are not removed.
   */
  readonly invited_by: string | null;
  readonly invited_at: string | null;
  /** RFC 3339; null where no link is open. */
  readonly link_open_until: string | null;
  readonly removable: boolean;
  /** The change request of a link that nobody has taken yet; null if there is none. */
  readonly change_id: string | null;
};
/** With the link, which is shown once: an address of the console from its origin on. */
export type PersonLink = ConsolePersonRecord & { readonly link: string };

/**
 * What the live stream tells of, and the scope that each needs:
 * `GET /api/v1/live?topics=actions,alerts`.
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
