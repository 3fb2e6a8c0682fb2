import { setTimeout as delay } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { LOGGER } from '@interlock/platform';
import type { Logger } from 'pino';
import { TenantConsumers } from '../intents/tenant-consumers.js';
import { Tenants } from './tenants.js';

const againMs = 2000;

/** Follows the registrations, and creates tenants' consumers again if the bus has lost them. */
@Injectable()
export class TenantsLifecycle implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #stopped = new AbortController();
  #making: Promise<void> = Promise.resolve();

  constructor(
    private readonly tenants: Tenants,
    private readonly consumers: TenantConsumers,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): Promise<void> {
    return this.tenants.follower.start();
  }

  onApplicationBootstrap(): void {
    this.#making = this.#make();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopped.abort();
    await this.#making;
    await this.tenants.follower.stop();
  }

  async #make(): Promise<void> {
    for (const [tenantId, { status }] of this.tenants.all()) {
      while (status !== 'removed' && !this.#stopped.signal.aborted) {
        try {
          await this.consumers.make(tenantId);
          break;
        } catch (error) {
          this.logger.warn(
            { err: error, tenant_id: tenantId },
            'the consumers of a tenant could not be made',
          );
          await delay(againMs, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
        }
      }
    }
  }
}
