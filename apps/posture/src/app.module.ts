import { RpcClient } from '@interlock/jetstream';
import { readConfig, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { createJobs } from '@interlock/postgres';
import { Module } from '@nestjs/common';
import { PostureFilesConfig } from './config.js';
import { InputFolder } from './files/input-folder.js';
import {
  ChecksHandler,
  LevelHandler,
  PostureConfigHandler,
  PostureRunHandler,
  SignalHandler,
  TrustLockHandler,
} from './handlers.js';
import { Levels } from './levels.js';
import { Lifecycle } from './lifecycle.js';
import { LightChecks } from './measures/light-checks.js';
import { MeasureIndex } from './measures/measure-index.js';
import { Measurer } from './measures/measurer.js';
import { Votes } from './measures/votes.js';
import { Outputs, realSleep, SLEEP } from './outputs/outputs.js';
import { PostureController } from './posture.controller.js';
import { PostureIndex } from './posture-index.js';
import { PostureRpc } from './posture.rpc.js';
import { Runs } from './runs/runs.js';
import { Schedule } from './runs/schedule.js';
import { Signals } from './signals.js';
import { JOBS } from './tokens.js';
import { ViewsController } from './views.controller.js';

/** All the wiring of posture. */
@Module({
  controllers: [PostureController, ViewsController, PostureRpc],
  providers: [
    LevelHandler,
    PostureConfigHandler,
    PostureRunHandler,
    SignalHandler,
    ChecksHandler,
    TrustLockHandler,
    PostureIndex,
    MeasureIndex,
    Levels,
    Signals,
    LightChecks,
    Votes,
    Measurer,
    InputFolder,
    Outputs,
    Runs,
    Schedule,
    Lifecycle,
    {
      provide: PostureFilesConfig,
      inject: [SERVICE_CONTEXT],
      useFactory: ({ environment }: ServiceContext) => readConfig(PostureFilesConfig, environment),
    },
    {
      provide: RpcClient,
      inject: [SERVICE_CONTEXT],
      useFactory: ({ nats, service }: ServiceContext) => new RpcClient(nats, { caller: service }),
    },
    {
      provide: JOBS,
      inject: [SERVICE_CONTEXT],
      useFactory: ({ database: pool, service, logger, migrate }: ServiceContext) =>
        createJobs({ pool, service, logger, migrate }),
    },
    { provide: SLEEP, useValue: realSleep },
  ],
})
export class AppModule {}
