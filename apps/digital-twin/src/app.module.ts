import { changeRpc, settingChanges } from '@interlock/platform';
import { Module } from '@nestjs/common';
import { ActionsReactor } from './actions.reactor.js';
import { Forgetting } from './forgetting.js';
import { Lifecycle } from './lifecycle.js';
import { Memories } from './memories.js';
import { Traces } from './traces.js';
import { TwinController } from './twin.controller.js';

/** All the wiring of the digital twin. */
@Module({
  controllers: [TwinController, ActionsReactor, changeRpc('digital-twin')],
  providers: [Memories, Traces, Lifecycle, settingChanges, Forgetting],
})
export class AppModule {}
