import { createFollower, OpenWork, type LogFollower } from '@interlock/eventstore';
import type { EventStore } from '@interlock/kernel';
import {
  EVENT_STORE,
  foundWork,
  LOGGER,
  nowText,
  SERVICE_CONTEXT,
  type ServiceContext,
} from '@interlock/platform';
import { HistoryIndex } from '@interlock/policy';
import { Module } from '@nestjs/common';
import { CommandsController } from './commands.controller.js';
import { EvaluateController } from './evaluate.controller.js';
import { Evaluator } from './evaluator.js';
import { both } from './followed.js';
import { Lifecycle } from './lifecycle.js';
import { PolicyIndex } from './policy-index.js';
import { Recorder } from './recorder.js';
import { evaluationTelemetry } from './telemetry.js';
import { EVALUATION_TELEMETRY, FOLLOWER, HISTORY } from './tokens.js';
import { VoteController } from './vote.controller.js';

/** The root module of the policy evaluator. */
@Module({
  controllers: [CommandsController, EvaluateController, VoteController],
  providers: [
    {
      provide: HISTORY,
      inject: [EVENT_STORE, SERVICE_CONTEXT],
      useFactory: (store: EventStore, context: ServiceContext) =>
        new OpenWork(store, {
          service: context.service,
          prefixes: HistoryIndex.prefixes,
          initial: () => new HistoryIndex(),
          needs: (event) => HistoryIndex.needs(event),
          now: nowText,
          onConfirmed: foundWork(context),
          logger: context.logger,
        }),
    },
    {
      provide: PolicyIndex,
      inject: [HISTORY],
      useFactory: (history: OpenWork<HistoryIndex>) => new PolicyIndex(history),
    },
    {
      provide: FOLLOWER,
      inject: [EVENT_STORE, LOGGER, PolicyIndex, HISTORY],
      useFactory: (
        store: EventStore,
        logger: ServiceContext['logger'],
        index: PolicyIndex,
        history: OpenWork<HistoryIndex>,
      ): LogFollower =>
        both(
          createFollower(store, {
            name: 'policy-evaluator',
            prefixes: PolicyIndex.prefixes,
            onEvent: index.fold,
            logger,
          }),
          history,
        ),
    },
    { provide: EVALUATION_TELEMETRY, inject: [SERVICE_CONTEXT], useFactory: evaluationTelemetry },
    Recorder,
    Evaluator,
    Lifecycle,
  ],
})
export class AppModule {}
