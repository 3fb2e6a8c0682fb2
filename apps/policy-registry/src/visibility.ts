import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { ProblemError } from '@interlock/kernel';
import type { Principal } from '@interlock/platform';
import type { BundleState } from '@interlock/policy';
import { defer, mergeMap, type Observable } from 'rxjs';

/** The teams whose bundles a token sees and edits; null: every bundle of the tenant. */
export const visibleTeams = ({ teams }: Pick<Principal, 'teams'>): readonly string[] | null =>
  teams.length === 0 ? null : teams;

export const isVisible = (principal: Pick<Principal, 'teams'>, team: string | null | undefined): boolean => {
  const visible = visibleTeams(principal);
  return visible === null || (typeof team === 'string' && visible.includes(team));
};

/** For what is the whole tenant's: refuses with `missing-scope` where the token is bound to teams. */
export const requireNoTeams = ({ teams }: Pick<Principal, 'teams'>, what: string): void => {
  if (teams.length > 0)
    throw new ProblemError(
      'missing-scope',
      `${what} belongs to the whole tenant, the token is bound to its teams`,
      { members: { teams } },
    );
};

/** The team of a bundle that is made: the one named, else the token's only one, else none. Throws `bundle-invalid`. */
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

/** The team that a question is about: the one named, else the token's only one, else the whole tenant (null). Throws `not-found`, `validation-failed` where it must be named. */
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

export interface BundleLookup {
  stateOf(tenantId: string, bundleId: string): Promise<BundleState>;
}

type Asked = {
  readonly params?: { readonly id?: string; readonly other_id?: string };
  readonly routeOptions?: { readonly url?: string };
};

/**
 * What a team's people may not see is not there for them: every route on a bundle of their tenant, `…/bundles/:id…`, is `not-found` where the bundle is
 * not one of their teams'. INVARIANT: it stands before every such route, whoever adds one.
 */
@Injectable()
export class TeamBoundary implements NestInterceptor {
  constructor(
    private readonly bundles: BundleLookup,
    private readonly principalOf: (context: ExecutionContext) => Principal | undefined,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const principal = this.principalOf(context);
    const request = context.switchToHttp().getRequest<Asked>();
    if (
      principal === undefined ||
      visibleTeams(principal) === null ||
      request.routeOptions?.url?.startsWith('/api/v1/policy/bundles/:id') !== true
    )
      return next.handle();
    return defer(() => this.#check(principal, request)).pipe(mergeMap(() => next.handle()));
  }

  async #check(principal: Principal, request: Asked): Promise<void> {
    const { tenant_id: tenantId } = principal;
    for (const id of [request.params?.id, request.params?.other_id]) {
      if (id === undefined) continue;
      const state = await this.bundles.stateOf(tenantId, id);
      if (state.status !== 'none' && !isVisible(principal, state.team))
        throw new ProblemError('not-found', `there is no bundle \`${id.slice(0, 64)}\``);
    }
  }
}
