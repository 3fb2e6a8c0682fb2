import { Inject, Module, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { Erasures } from './erasures.js';
import { ParkedIntents } from './parked-intents.js';
import { PrivacyController } from './privacy.controller.js';

/** Records erasures without an event, from the start of the service on. */
class ErasuresLifecycle implements OnModuleInit, BeforeApplicationShutdown {
  constructor(@Inject(Erasures) private readonly erasures: Erasures) {}

  onModuleInit(): void {
    this.erasures.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.erasures.stop();
  }
}

/** The module of audit's privacy functions. */
@Module({
  controllers: [PrivacyController],
  providers: [
    {
      provide: Erasures,
      useFactory: ({ people, store, nats, logger }: ServiceContext) =>
        new Erasures({ people, parked: new ParkedIntents(nats), store, logger }),
      inject: [SERVICE_CONTEXT],
    },
    ErasuresLifecycle,
  ],
})
export class PrivacyModule {}
