/** Injection tokens of what has no class of its own. */
export const ACTION_HANDLER = Symbol('action handler');
export const LEASE_HANDLER = Symbol('lease handler');
export const KILL_SWITCH_HANDLER = Symbol('kill switch handler');
export const ACTIONS_RUNNER = Symbol('actions projection');
export const TENANT_HANDLER = Symbol('tenant handler');
export const JOBS = Symbol('jobs');
