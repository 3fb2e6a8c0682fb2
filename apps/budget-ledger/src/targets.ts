import { listModes } from '@interlock/autonomy';
import type { AutonomyMode, NamedTarget, SeenAnswer, UnseenTarget } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { ProblemError } from '@interlock/kernel';
import type { Principal } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import { AutonomyIndex } from './autonomy-index.js';

/** A name in a request, and the pointer to it. */
export type Named = NamedTarget & { readonly pointer: string };

const detailOf = ({ kind, name, near }: UnseenTarget): string =>
  `${kind.replaceAll('_', ' ')} \`${name}\` has never been seen${near.length === 0 ? '' : `; near: ${near.map((one) => `\`${one}\``).join(', ')}`}`;

/** Refuses settings for unknown names, and autonomy for tenants whose intents are refused. */
@Injectable()
export class Targets {
  constructor(
    @Inject(RpcClient) private readonly rpc: Pick<RpcClient, 'call'>,
    @Inject(AutonomyIndex) private readonly index: Pick<AutonomyIndex, 'current' | 'modesOf' | 'budgetOf'>,
  ) {}

  /**
   * Checks the names in a request. Throws `target-unknown` with similar names unless the caller
   * insists. Throws `service-unreachable` or `not-current` if the names cannot be checked. A change
   * that `stops` something passes in that case.
   */
  async check(
    principal: Principal,
    names: readonly Named[],
    { force = false, stops = false }: { readonly force?: boolean | undefined; readonly stops?: boolean },
  ): Promise<void> {
    if (force) return;
    const tenantId = principal.tenant_id;
    await this.index.current(true);
    const targets: readonly Named[] = [
      { kind: 'tenant', name: tenantId, pointer: '/tenant_id' },
      ...names.filter((named) => !this.#hasSetting(tenantId, named)),
    ];
    const unseen = await this.#ask(principal, targets).then(
      (answer) => answer.unseen,
      (error: unknown) => {
        if (stops) return [];
        throw error;
      },
    );
    if (unseen.length === 0) return;
    throw new ProblemError('target-unknown', unseen.map(detailOf).join(', and '), {
      violations: unseen.map((one) => ({
        pointer: targets.find(({ kind, name }) => kind === one.kind && name === one.name)?.pointer ?? '',
        detail: detailOf(one),
      })),
      members: { unseen },
      remedy: 'check the name; `force` (`--force`) accepts one that has not been seen yet',
    });
  }

  /**
   * Throws `tenant-suspended` if a mode would let a suspended or removed tenant act automatically.
   */
  async refuseAutonomy(tenantId: string, mode: AutonomyMode): Promise<void> {
    if (mode !== 'AUTO_EXECUTE') return;
    const { tenant_status: status } = await this.#ask({ tenant_id: tenantId, tenants: [tenantId] }, []);
    if (status !== 'suspended' && status !== 'removed') return;
    throw new ProblemError(
      'tenant-suspended',
      `the tenant \`${tenantId}\` is ${status}: nothing of it may go on by itself`,
    );
  }

  #ask(
    { tenant_id, tenants }: Pick<Principal, 'tenant_id' | 'tenants'>,
    named: readonly Named[],
  ): Promise<SeenAnswer> {
    return this.rpc.call('safety-rails.seen', {
      tenant_id,
      tenants,
      targets: named.map(({ kind, name }) => ({ kind, name })),
    });
  }

  /**
   * Returns true if a name already has a mode or a budget. It is then accepted, because somebody
   * insisted on it earlier.
   */
  #hasSetting(tenantId: string, { kind, name }: NamedTarget): boolean {
    const modes = listModes(this.index.modesOf(tenantId));
    if (kind === 'action_type') return modes.some(({ action_type }) => action_type === name);
    return (
      kind === 'account' &&
      (this.index.budgetOf(tenantId, name) !== null || modes.some(({ account_id }) => account_id === name))
    );
  }
}
