import { Controller, Get, Header, Inject, Res, type DynamicModule } from '@nestjs/common';
import { ApiExcludeController, type OpenAPIObject } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';

import type { ServiceContext } from '../base/context.js';
import { CurrentPrincipal, Public, RequireScope } from '../openapi/decorators.js';
import { HealthChecks } from '../observe/health.js';
import { gaugeOf } from '../observe/metrics.js';
import { requireMetrics, type Principal } from '../request/principal.js';

/** The token of the context that the service was started with. */
export const SERVICE_CONTEXT = Symbol('SERVICE_CONTEXT');

/** The token of the context's log, of type `EventStore`. */
export const EVENT_STORE = Symbol('EVENT_STORE');

/** The token of the context's logger, which names the service. */
export const LOGGER = Symbol('LOGGER');

/**
 * The service's OpenAPI document. It is created on first use, because few starts need it and it
 * slows a start down.
 */
export class OpenApiHolder {
  /** Creates the document. It is set once the application exists, which the document describes. */
  make: (() => OpenAPIObject) | undefined;
  #document: OpenAPIObject | undefined;

  /**
   * Returns the document; undefined before the application exists. Each call throws again what
   * creating it throws.
   */
  get document(): OpenAPIObject | undefined {
    return (this.#document ??= this.make?.());
  }
}

@ApiExcludeController()
@Public()
@Controller()
class PlatformController {
  readonly #context: ServiceContext;
  readonly #health: HealthChecks;
  readonly #openApi: OpenApiHolder;

  constructor(
    @Inject(SERVICE_CONTEXT) context: ServiceContext,
    health: HealthChecks,
    openApi: OpenApiHolder,
  ) {
    this.#context = context;
    this.#health = health;
    this.#openApi = openApi;
  }

  @Get('health/live')
  live(): object {
    return { service: this.#context.service, status: 'live' };
  }

  @Get('health/ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    const readiness = await this.#health.run();
    void reply.status(readiness.status === 'ready' ? 200 : 503);
    return readiness;
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @RequireScope('METRICS_READ')
  async metrics(@CurrentPrincipal() principal: Principal): Promise<string> {
    requireMetrics(principal);
    const { metrics, service } = this.#context;
    const gauge = gaugeOf(metrics, 'health_check_ok');
    const { checks } = await this.#health.run();
    gauge.reset();
    for (const { name, ok } of checks) gauge.set({ service, check: name }, ok ? 1 : 0);
    return metrics.metrics();
  }

  @Get('openapi.json')
  document(): object {
    return this.#openApi.document ?? {};
  }
}

class PlatformModule {}

/** Provides what every service has: its context, its checks and its own routes. */
export const platformModule = (
  context: ServiceContext,
  health: HealthChecks,
  openApi: OpenApiHolder,
): DynamicModule => ({
  module: PlatformModule,
  global: true,
  controllers: [PlatformController],
  providers: [
    { provide: SERVICE_CONTEXT, useValue: context },
    { provide: EVENT_STORE, useValue: context.store },
    { provide: LOGGER, useValue: context.logger },
    { provide: HealthChecks, useValue: health },
    { provide: OpenApiHolder, useValue: openApi },
  ],
  exports: [SERVICE_CONTEXT, EVENT_STORE, LOGGER, HealthChecks],
});
