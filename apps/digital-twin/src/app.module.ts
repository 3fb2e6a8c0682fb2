import { HealthChecks, type ServiceContext } from '@interlock/platform';
import type { DynamicModule } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ActionsReactor } from './actions.reactor.js';
import { Lifecycle } from './lifecycle.js';
import { Memories } from './memories.js';
import { Traces } from './traces.js';
import { TwinController } from './twin.controller.js';

/** All the wiring of the digital twin. */
export class AppModule {
  static register({ store, logger }: ServiceContext): DynamicModule {
    return {
      module: AppModule,
      controllers: [TwinController, ActionsReactor],
      providers: [
        { provide: Memories, useFactory: () => new Memories(store, logger) },
        {
          provide: Traces,
          useFactory: (memories: Memories) => new Traces(store, memories),
          inject: [Memories],
        },
        {
          provide: Lifecycle,
          useFactory: (memories: Memories, health: HealthChecks, http: HttpAdapterHost) =>
            new Lifecycle(memories, health, http),
          inject: [Memories, HealthChecks, HttpAdapterHost],
        },
      ],
    };
  }
}
