import { Module } from '@nestjs/common';
import { ActionsReactor } from './actions.reactor.js';
import { Lifecycle } from './lifecycle.js';
import { Memories } from './memories.js';
import { Traces } from './traces.js';
import { TwinController } from './twin.controller.js';

/** All the wiring of the digital twin. */
@Module({
  controllers: [TwinController, ActionsReactor],
  providers: [Memories, Traces, Lifecycle],
})
export class AppModule {}
