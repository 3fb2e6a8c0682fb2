import { createFollower, type LogFollower } from '@interlock/eventstore';
import type { EventStore } from '@interlock/kernel';
import { EVENT_STORE, LOGGER, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { Module } from '@nestjs/common';
import { CommandsController } from './commands.controller.js';
import { EvaluateController } from './evaluate.controller.js';
import { Evaluator } from './evaluator.js';
import { Lifecycle } from './lifecycle.js';
import { PolicyIndex } from './policy-index.js';
import { Recorder } from './recorder.js';
import { evaluationTelemetry } from './telemetry.js';
import { EVALUATION_TELEMETRY, FOLLOWER } from './tokens.js';
import { VoteController } from './vote.controller.js';

/** All the wiring of the policy evaluator. */
@Module({
  controllers: [CommandsController, EvaluateController, VoteController],
  providers: [
    PolicyIndex,
    {
      provide: FOLLOWER,
      inject: [EVENT_STORE, LOGGER, PolicyIndex],
      useFactory: (store: EventStore, logger: ServiceContext['logger'], index: PolicyIndex): LogFollower =>
        createFollower(store, {
          name: 'policy-evaluator',
          prefixes: PolicyIndex.prefixes,
          onEvent: index.fold,
          logger,
        }),
    },
    { provide: EVALUATION_TELEMETRY, inject: [SERVICE_CONTEXT], useFactory: evaluationTelemetry },
    Recorder,
    Evaluator,
    Lifecycle,
  ],
})
export class AppModule {}
