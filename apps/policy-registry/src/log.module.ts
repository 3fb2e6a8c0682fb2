import { Global, Module } from '@nestjs/common';
import { handlers } from './handlers.js';
import { runners } from './runners.js';

/** The process-wide parts: a command handler per decider, a runner per projection. */
@Global()
@Module({
  providers: [...handlers, ...runners],
  exports: [...handlers, ...runners],
})
export class LogModule {}
