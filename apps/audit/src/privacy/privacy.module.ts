import {
  Inject,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnModuleInit,
} from '@nestjs/common';
import type { ServiceContext } from '@interlock/platform';
import { Erasures } from './erasures.js';
import { ParkedIntents } from './parked-intents.js';
import { PrivacyController } from './privacy.controller.js';

/** Records erasures that were left without their event, from the start on. */
export class ErasuresLifecycle implements OnModuleInit, BeforeApplicationShutdown {
  constructor(@Inject(Erasures) private readonly erasures: Erasures) {}

  onModuleInit(): void {
    this.erasures.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.erasures.stop();
  }
}

/** The wiring of what audit does for people. */
export class PrivacyModule {
  static register({ people, store, nats, logger }: ServiceContext): DynamicModule {
    return {
      module: PrivacyModule,
      controllers: [PrivacyController],
      providers: [
        {
          provide: Erasures,
          useFactory: () => new Erasures({ people, parked: new ParkedIntents(nats), store, logger }),
        },
        ErasuresLifecycle,
      ],
    };
  }
}
