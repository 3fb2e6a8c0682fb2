import {
  streamName,
  systemTenant,
  type NamedTarget,
  type TargetKind,
  type UnseenTarget,
} from '@interlock/contracts';
import { proofTimeoutMs, within } from '@interlock/eventstore';
import { collect, ProblemError, type EventStore } from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import { ActionTypes } from '../actions/action-types.js';
import { nearNames } from './near-names.js';
import { RailsWork } from '../rails-work.js';
import { Sites } from '../tenants/sites.js';
import { Tenants } from '../tenants/tenants.js';

/** The number of unknown names for which similar names are searched. */
const mostNear = 4;

/**
 * The tenants whose names may be shown: every tenant's to the holder of an offline key, otherwise
 * those of the token's tenants.
 */
export type VisibleTenants = 'all' | readonly string[];

/**
 * Every name that has ever appeared, to recognise mistyped ones. Tenants are registered, or have an
 * action (the identity provider may admit unregistered tenants). Accounts and agents come from
 * intents, credentials and budgets. Action types come from the catalogue and intents; sites come
 * from devices.
 */
@Injectable()
export class Seen {
  constructor(
    @Inject(EVENT_STORE) private readonly store: Pick<EventStore, 'read'>,
    @Inject(Tenants) private readonly tenants: Pick<Tenants, 'of' | 'all' | 'follower'>,
    @Inject(RailsWork) private readonly work: Pick<RailsWork, 'seen' | 'history' | 'follower'>,
    @Inject(ActionTypes) private readonly types: Pick<ActionTypes, 'names' | 'follower'>,
    @Inject(Sites) private readonly sites: Pick<Sites, 'of' | 'follower'>,
  ) {}

  /**
   * Returns the targets that do not occur in the log, each with similar names. The log is read to
   * its end after this call. Throws `not-current` if it does not answer within `proofTimeoutMs`.
   */
  async unseen(
    tenantId: string,
    targets: readonly NamedTarget[],
    visible: VisibleTenants,
  ): Promise<readonly UnseenTarget[]> {
    if (this.#missing(tenantId, targets).length === 0) return [];
    try {
      const unseen = await within(this.#read(tenantId, targets, visible), proofTimeoutMs);
      if (unseen === 'late') throw new Error('late');
      return unseen;
    } catch (cause) {
      throw new ProblemError('not-current', 'whether the name was ever seen cannot be determined now', {
        cause,
        remedy: 'ask again; if it lasts, see whether the log can be reached',
      });
    }
  }

  async #read(
    tenantId: string,
    targets: readonly NamedTarget[],
    visible: VisibleTenants,
  ): Promise<readonly UnseenTarget[]> {
    const followers = [this.tenants, this.work, this.types, this.sites].map(({ follower }) => follower);
    await Promise.all(followers.map((follower) => follower.confirmCurrent()));
    if (this.#missing(tenantId, targets).length === 0) return [];
    // The whole log may hold names that the note lacks.
    await this.work.history();
    const missing = this.#missing(tenantId, targets);
    const budgets = await Promise.all(missing.map((target) => this.#hasBudget(tenantId, target)));
    return missing
      .filter((_, i) => budgets[i] !== true)
      .map((target, i) => ({ ...target, near: i < mostNear ? this.#near(tenantId, target, visible) : [] }));
  }

  #missing(tenantId: string, targets: readonly NamedTarget[]): readonly NamedTarget[] {
    return targets.filter(({ kind, name }) =>
      kind === 'tenant'
        ? !this.#isTenant(name)
        : !this.#sources(tenantId, kind).some((names) => names.has(name)),
    );
  }

  #isTenant(tenantId: string): boolean {
    return (
      tenantId === systemTenant ||
      this.tenants.of(tenantId).status !== 'unknown' ||
      this.work.seen.hadAny(tenantId)
    );
  }

  async #hasBudget(tenantId: string, { kind, name }: NamedTarget): Promise<boolean> {
    if (kind !== 'account') return false;
    const stream = streamName('autonomy', tenantId, `budget=${name}`);
    return (await collect(this.store.read(stream, { limit: 1 }))).length > 0;
  }

  /** Returns the sources of the tenant's names of a kind. */
  #sources(tenantId: string, kind: Exclude<TargetKind, 'tenant'>): readonly ReadonlySet<string>[] {
    switch (kind) {
      case 'site':
        return [this.sites.of(tenantId)];
      case 'action_type':
        return [new Set(this.types.names(tenantId)), this.work.seen.named(tenantId, kind)];
      case 'account':
      case 'agent': {
        const registered = [...this.tenants.of(tenantId).credentials.values()].flatMap(
          ({ agents, accounts }) => (kind === 'agent' ? agents : accounts),
        );
        return [new Set(registered.filter((name) => name !== '*')), this.work.seen.named(tenantId, kind)];
      }
    }
  }

  #near(tenantId: string, { kind, name }: NamedTarget, visible: VisibleTenants): readonly string[] {
    const names =
      kind === 'tenant'
        ? this.tenants
            .all()
            .map(([one]) => one)
            .filter((one) => visible === 'all' || visible.includes(one))
        : this.#sources(tenantId, kind).flatMap((some) => [...some]);
    return nearNames(name, names);
  }
}
