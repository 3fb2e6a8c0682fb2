import { Inject, Injectable } from '@nestjs/common';
import { parseStream } from '@interlock/contracts';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import type { EventStore } from '@interlock/kernel';
import { EVENT_STORE, LOGGER, type ServiceContext } from '@interlock/platform';
import {
  bundleStream,
  rolloutStream,
  type BundleContent,
  type PolicyEvent,
  type PolicyV1,
} from '@interlock/policy';
import { BundleHandler, RolloutHandler } from '../handlers.js';
import { TeamsService } from '../teams/teams.service.js';

/** The policies and bundles that decide for a tenant now, read up to the end of the log. */
@Injectable()
export class Deciding {
  readonly #policies = new Map<string, Map<string, PolicyV1>>();
  readonly #follower: LogFollower;
  #starting: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly bundleHandler: BundleHandler,
    private readonly rollouts: RolloutHandler,
    private readonly teams: TeamsService,
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(LOGGER) logger: ServiceContext['logger'],
  ) {
    this.#follower = createFollower(store, {
      name: 'policy-registry-deciding',
      prefixes: ['policy-'],
      logger,
      onEvent: (event) => {
        const stream = parseStream(event.stream);
        if (stream === undefined) return;
        const { data } = event as unknown as PolicyEvent;
        const ofTenant = this.#policies.get(stream.tenant) ?? new Map<string, PolicyV1>();
        this.#policies.set(stream.tenant, ofTenant.set(stream.id, data.policy));
      },
    });
  }

  /** Follows the log in the background, because it may be reachable only later. */
  start(): void {
    this.#starting = this.#follower.start().catch(() => undefined);
  }

  async stop(): Promise<void> {
    await this.#follower.stop();
    await this.#starting;
  }

  /** Returns the current version of every policy of a tenant, whatever its status. */
  async policies(tenantId: string): Promise<readonly PolicyV1[]> {
    await this.#follower.confirmCurrent();
    return [...(this.#policies.get(tenantId)?.values() ?? [])];
  }

  /**
   * Returns the active bundle and the canary of the tenant and of each team with its own. Null
   * represents the tenant's requests that no bundle decides.
   */
  async bundles(tenantId: string): Promise<readonly (BundleContent | null)[]> {
    const teams = await this.teams.list(tenantId, null, null);
    const found: (BundleContent | null)[] = [];
    for (const team of [undefined, ...teams.map(({ team_id: id }) => id)]) {
      const { active, canary } = (await this.rollouts.load(rolloutStream(tenantId, team))).state;
      if (active === null && team === undefined) found.push(null);
      for (const bundle of [active, canary]) {
        if (bundle === null) continue;
        const { state } = await this.bundleHandler.load(bundleStream(tenantId, bundle.bundle_id));
        if ('content' in state && state.content !== null) found.push(state.content);
      }
    }
    return found;
  }
}
