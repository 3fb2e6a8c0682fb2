import { ProblemError } from '@interlock/kernel';
import type { Principal } from '@interlock/platform';

/**
 * Returns the teams whose bundles a token may see and edit; null means every bundle of the tenant.
 */
export const visibleTeams = ({ teams }: Pick<Principal, 'teams'>): readonly string[] | null =>
  teams.length === 0 ? null : teams;

export const isVisible = (principal: Pick<Principal, 'teams'>, team: string | null | undefined): boolean => {
  const visible = visibleTeams(principal);
  return visible === null || (typeof team === 'string' && visible.includes(team));
};

/**
 * Protects resources of the whole tenant. Throws `missing-scope` if the token is bound to teams.
 */
export const requireNoTeams = ({ teams }: Pick<Principal, 'teams'>, what: string): void => {
  if (teams.length > 0)
    throw new ProblemError(
      'missing-scope',
      `${what} belongs to the whole tenant, the token is bound to its teams`,
      { members: { teams } },
    );
};

/**
 * Returns the team of a new bundle: the named one, or else the token's only one, or else none.
 * Throws `bundle-invalid`.
 */
export const teamForNew = (
  principal: Pick<Principal, 'teams'>,
  named: string | null | undefined,
): string | null => {
  const visible = visibleTeams(principal);
  if (visible === null) return named ?? null;
  if (named === undefined && visible.length === 1) return visible[0]!;
  if (typeof named === 'string' && visible.includes(named)) return named;
  throw new ProblemError('bundle-invalid', 'the bundle has 1 fault', {
    violations: [
      { pointer: '/team', code: 'team', detail: `must be one of the token's teams: ${visible.join(', ')}` },
    ],
  });
};

/**
 * Returns the team of a query: the named one, or else the token's only one, or else null for the
 * whole tenant. Throws `not-found`, or `validation-failed` if the team must be named.
 */
export const teamAsked = (principal: Pick<Principal, 'teams'>, named: string | undefined): string | null => {
  const visible = visibleTeams(principal);
  if (named !== undefined && !isVisible(principal, named))
    throw new ProblemError('not-found', `there is no team \`${named.slice(0, 64)}\``);
  if (named !== undefined || visible === null) return named ?? null;
  if (visible.length === 1) return visible[0]!;
  throw new ProblemError('validation-failed', 'the token is bound to several teams', {
    violations: [{ pointer: '/query/team', detail: `must be one of ${visible.join(', ')}` }],
  });
};
