import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { ProblemError } from '@interlock/kernel';
import { principalOf, type Principal } from '@interlock/platform';
import { defer, mergeMap, type Observable } from 'rxjs';
import { BundlesService } from './bundles.service.js';
import { isVisible, visibleTeams } from '../teams/visibility.js';

type Asked = {
  readonly params?: { readonly id?: string; readonly other_id?: string };
  readonly routeOptions?: { readonly url?: string };
};

/**
 * Hides bundles of other teams. Every route on a bundle, `…/bundles/:id…`, returns `not-found` if
 * the bundle does not belong to one of the caller's teams. INVARIANT: it covers every such route,
 * present and future.
 */
@Injectable()
export class TeamBoundary implements NestInterceptor {
  constructor(private readonly bundles: BundlesService) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const principal = principalOf(context);
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
