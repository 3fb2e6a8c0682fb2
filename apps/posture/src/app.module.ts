import { CommandHandler } from '@interlock/kernel';
import { backoff, HealthChecks, type ServiceContext } from '@interlock/platform';
import { levelDecider, signalDecider } from '@interlock/posture';
import type { DynamicModule } from '@nestjs/common';
import { Levels } from './levels.js';
import { Lifecycle } from './lifecycle.js';
import { PostureController } from './posture.controller.js';
import { PostureIndex } from './posture-index.js';
import { PostureRpc } from './posture.rpc.js';
import { Signals } from './signals.js';

/** All the wiring of posture. */
export class AppModule {
  static register({ store, logger }: ServiceContext): DynamicModule {
    const levels: Levels = new Levels(
      new CommandHandler(store, levelDecider, { backoff }),
      () => index,
      logger,
    );
    const index: PostureIndex = new PostureIndex(store, logger, (tenantId) => {
      levels.look([tenantId]);
    });
    return {
      module: AppModule,
      controllers: [PostureController, PostureRpc],
      providers: [
        { provide: PostureIndex, useValue: index },
        { provide: Levels, useValue: levels },
        {
          provide: Signals,
          useFactory: () => new Signals(store, new CommandHandler(store, signalDecider, { backoff })),
        },
        {
          provide: Lifecycle,
          useFactory: (health: HealthChecks) => new Lifecycle(index, levels, health),
          inject: [HealthChecks],
        },
      ],
    };
  }
}
