import { Module } from '@nestjs/common';
import { LevelHandler, PostureConfigHandler, SignalHandler } from './handlers.js';
import { Levels } from './levels.js';
import { Lifecycle } from './lifecycle.js';
import { PostureController } from './posture.controller.js';
import { PostureIndex } from './posture-index.js';
import { PostureRpc } from './posture.rpc.js';
import { Signals } from './signals.js';

/** All the wiring of posture. */
@Module({
  controllers: [PostureController, PostureRpc],
  providers: [LevelHandler, PostureConfigHandler, SignalHandler, PostureIndex, Levels, Signals, Lifecycle],
})
export class AppModule {}
