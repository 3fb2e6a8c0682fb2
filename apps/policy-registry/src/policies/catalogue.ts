import { Inject, Injectable } from '@nestjs/common';
import { parseStream, systemTenant, type ActionTypeV1 } from '@interlock/contracts';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import { ProblemError, type EventStore } from '@interlock/kernel';
import { EVENT_STORE, LOGGER, serviceCommandContext, type ServiceContext } from '@interlock/platform';
import {
  actionTypeStream,
  fieldCatalogue,
  type ActionTypeEvent,
  type FieldCatalogue,
} from '@interlock/policy';
import { builtInActionTypes } from '@interlock/rails';
import { ActionTypeHandler } from '../handlers.js';
import { SystemPolicy } from './system-policy.js';

/** The registered action types from the log: the built-in ones and each tenant's own. */
@Injectable()
export class Catalogue {
  readonly #follower: LogFollower;
  readonly #entries = new Map<string, Map<string, ActionTypeV1>>();
  readonly #fields = new Map<string, FieldCatalogue>();
  #ready = false;
  #stopped = false;
  #starting: Promise<void> = Promise.resolve();

  constructor(
    private readonly handler: ActionTypeHandler,
    private readonly policy: SystemPolicy,
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(LOGGER) private readonly logger: ServiceContext['logger'],
  ) {
    this.#follower = createFollower(store, {
      name: 'policy-registry-catalogue',
      prefixes: ['action_type-'],
      logger,
      onEvent: (event) => {
        const stream = parseStream(event.stream);
        if (stream === undefined) return;
        const { type, data } = event as unknown as ActionTypeEvent;
        const own = this.#entries.get(stream.tenant) ?? new Map<string, ActionTypeV1>();
        this.#entries.set(stream.tenant, own);
        if (type === 'ActionTypeRegistered') own.set(stream.id, data.action_type);
        else own.delete(stream.id);
        this.#fields.clear();
      },
    });
  }

  /**
   * Registers the built-in types, then follows the log. Runs in the background, because the log may
   * be reachable only later.
   */
  start(): void {
    this.#starting = this.#begin().catch((error: unknown) => {
      if (!this.#stopped) this.logger.error({ err: error }, 'the catalogue could not be read');
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#follower.stop();
    await this.#starting;
  }

  /** Throws `not-current` until all built-in types are registered and read. */
  check(): Promise<void> {
    return this.#ready
      ? Promise.resolve()
      : Promise.reject(
          new ProblemError('not-current', 'the catalogue of action types has not been read yet', {
            remedy: 'ask again in a moment',
          }),
        );
  }

  /**
   * Returns a tenant's action types by name. Its own replace built-in ones. Throws `not-current`.
   */
  async list(tenantId: string): Promise<readonly ActionTypeV1[]> {
    await this.check();
    return this.#of(tenantId);
  }

  /** Returns the fields that a tenant's rules and policies may use. Throws `not-current`. */
  async fields(tenantId: string): Promise<FieldCatalogue> {
    await this.check();
    const known = this.#fields.get(tenantId);
    if (known !== undefined) return known;
    // INVARIANT: nothing is awaited between reading the entries and caching the result.
    const fields = fieldCatalogue(this.#of(tenantId));
    this.#fields.set(tenantId, fields);
    return fields;
  }

  #of(tenantId: string): readonly ActionTypeV1[] {
    const all = new Map([...(this.#entries.get(systemTenant) ?? []), ...(this.#entries.get(tenantId) ?? [])]);
    return [...all.values()].sort((a, b) => (a.action_type < b.action_type ? -1 : 1));
  }

  async #begin(): Promise<void> {
    await this.#follower.start();
    for (const entry of builtInActionTypes) {
      await this.handler.handle(
        actionTypeStream(entry.action_type),
        { kind: 'RegisterActionType', entry },
        serviceCommandContext('policy-registry', systemTenant),
      );
    }
    await this.policy.ensure();
    await this.#follower.confirmCurrent();
    this.#ready = true;
  }
}
