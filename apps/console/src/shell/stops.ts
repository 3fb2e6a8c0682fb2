import type { Schema } from '@interlock/api-types';
import { systemTenant } from '@interlock/contracts';

export type Use = Schema<'KillSwitchUseDto'>;
export type Status = {
  readonly tenant_id: string;
  readonly kill_switch: {
    readonly switches: readonly { readonly stream: string; readonly engaged: boolean }[];
    readonly uses: readonly Use[];
  };
};

/**
 * The target of a switch: its scope and, for a narrow switch, the id in that scope. A release must
 * name the same target.
 */
export type Target = Pick<Use, 'scope'> & {
  readonly [name in 'action_type' | 'account_id' | 'agent' | 'site_id']?: string;
};
export type Stop = {
  readonly target: Target;
  /** The tenant of the call: the system's tenant for the global switch. */
  readonly tenant: string;
  /** Undefined if the log says only that the switch is engaged. */
  readonly use: Use | undefined;
};

const targetOf = ({ scope, action_type, account_id, agent, site_id }: Use): Target => ({
  scope,
  ...(action_type === null ? {} : { action_type }),
  ...(account_id === null ? {} : { account_id }),
  ...(agent === null ? {} : { agent }),
  ...(site_id === null ? {} : { site_id }),
});

/**
 * The engaged switches that stop everything, global first. Only the state of the two broad streams
 * counts, never a narrow switch.
 */
export const broadStops = ({ tenant_id, kill_switch: { switches, uses } }: Status): readonly Stop[] =>
  (
    [
      ['global', systemTenant],
      ['tenant', tenant_id],
    ] as const
  )
    .filter(([scope, tenant]) =>
      switches.some(({ stream, engaged }) => engaged && stream === `kill_switch-${tenant}:${scope}`),
    )
    .map(([scope, tenant]) => ({
      target: { scope },
      tenant,
      use: uses.find((use) => use.engaged && use.scope === scope),
    }));

/**
 * The engaged switches that stop only some actions: those of a type, an account, an agent or a
 * site.
 */
export const narrowStops = ({ tenant_id, kill_switch: { uses } }: Status): readonly Stop[] =>
  uses
    .filter(({ engaged, scope }) => engaged && scope !== 'global' && scope !== 'tenant')
    .map((use) => ({ target: targetOf(use), tenant: tenant_id, use }));

/** Returns whether all actions of the tenant are stopped. */
export const isStopped = (status: Status | undefined): boolean =>
  status !== undefined && broadStops(status).length > 0;

/** Says whose actions a broad switch stops. */
export const scopeText = (scope: Target['scope']): string =>
  scope === 'global' ? 'all tenants' : 'this tenant';

/** Names the target of a narrow switch: `agent night-shift`. */
export const stopText = ({ scope, action_type, account_id, agent, site_id }: Target): string =>
  `${scope.replaceAll('_', ' ')} ${action_type ?? account_id ?? agent ?? site_id ?? ''}`.trim();

/** Shortens an actor's key in the log for display. */
export const actorText = (key: string): string => {
  const [kind = '', id = ''] = key.split(/:(.*)/s);
  return kind === 'person' ? `person ${id.slice(0, 8)}` : kind === 'service' ? id : key;
};

/**
 * Returns the request for a release that is still valid; undefined if there is none or it has
 * expired.
 */
export const askedRelease = (
  use: Use | undefined,
  now: number,
): NonNullable<Use['release_requested']> | undefined => {
  const asked = use?.release_requested ?? undefined;
  return asked !== undefined && Date.parse(asked.expires_at) > now ? asked : undefined;
};

/**
 * The actor that requested a release, by tenant. `session` marks the session that did, so that
 * another person in the same browser does not count as that actor.
 */
export type AskedAs = { readonly session: string; readonly by: { readonly [tenant: string]: string } };

/** Reads the stored value; an empty one if it is invalid. */
export const readAskedAs = (text: string | null): AskedAs => {
  const none: AskedAs = { session: '', by: {} };
  try {
    const kept: unknown = JSON.parse(text ?? '{}');
    if (typeof kept !== 'object' || kept === null || !('session' in kept) || !('by' in kept)) return none;
    const { session, by } = kept;
    if (typeof session !== 'string' || typeof by !== 'object' || by === null) return none;
    return {
      session,
      by: Object.fromEntries(
        Object.entries(by).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      ),
    };
  } catch {
    return none;
  }
};

/** Returns a mark of the current session; empty if nobody is signed in. */
export const sessionMark = (
  session: { readonly name: string; readonly expires_at: string } | null | undefined,
): string => (session === null || session === undefined ? '' : `${session.name} ${session.expires_at}`);
