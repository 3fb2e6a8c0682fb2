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
 * What a switch stops, and its release names again: the scope and, for a narrow one, what it is
 * about.
 */
export type Target = Pick<Use, 'scope'> & {
  readonly [name in 'action_type' | 'account_id' | 'agent' | 'site_id']?: string;
};
export type Stop = {
  readonly target: Target;
  /** The tenant that the switch is called with: the system's for the global one. */
  readonly tenant: string;
  /** Undefined where the log says that it is engaged and no more. */
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
 * The switches that stop everything, global first: their heads alone say so, and never that of a
 * narrow one.
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

/** The switches that stop some actions only: of a type, an account, an agent or a site. */
export const narrowStops = ({ tenant_id, kill_switch: { uses } }: Status): readonly Stop[] =>
  uses
    .filter(({ engaged, scope }) => engaged && scope !== 'global' && scope !== 'tenant')
    .map((use) => ({ target: targetOf(use), tenant: tenant_id, use }));

/** Whether nothing of the tenant starts at all. */
export const isStopped = (status: Status | undefined): boolean =>
  status !== undefined && broadStops(status).length > 0;

/** Whose actions a broad switch stops, in words. */
export const scopeText = (scope: Target['scope']): string =>
  scope === 'global' ? 'all tenants' : 'this tenant';

/** A narrow switch in words: `agent night-shift`. */
export const stopText = ({ scope, action_type, account_id, agent, site_id }: Target): string =>
  `${scope.replaceAll('_', ' ')} ${action_type ?? account_id ?? agent ?? site_id ?? ''}`.trim();

/** Somebody as the log names them, as short as people read it. */
export const actorText = (key: string): string => {
  const [kind = '', id = ''] = key.split(/:(.*)/s);
  return kind === 'person' ? `person ${id.slice(0, 8)}` : kind === 'service' ? id : key;
};

/**
 * The release that was asked for and still holds; undefined where nobody asked, or too long ago.
 */
export const askedRelease = (
  use: Use | undefined,
  now: number,
): NonNullable<Use['release_requested']> | undefined => {
  const asked = use?.release_requested ?? undefined;
  return asked !== undefined && Date.parse(asked.expires_at) > now ? asked : undefined;
};

/**
 * By tenant, as whom somebody asked for a release; whose session it was keeps it from being another
 * person's in the same browser.
 */
export type AskedAs = { readonly session: string; readonly by: { readonly [tenant: string]: string } };

/** What was kept, as far as it is readable. */
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

/** Which session it is, of whoever is signed in. */
export const sessionMark = (
  session: { readonly name: string; readonly expires_at: string } | null | undefined,
): string => (session === null || session === undefined ? '' : `${session.name} ${session.expires_at}`);
