import type { AdapterLogger } from '@interlock/eventstore';
import { HealthChecks, LOGGER } from '@interlock/platform';
import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InputFolder } from './files/input-folder.js';
import { Levels } from './levels.js';
import { MeasureIndex } from './measures/measure-index.js';
import { Measurer } from './measures/measurer.js';
import { PostureIndex } from './posture-index.js';
import { Outputs } from './outputs/outputs.js';
import { Runs } from './runs/runs.js';
import { Schedule } from './runs/schedule.js';
import { SignalRights } from './signal-rights.js';
import { Signals } from './signals.js';

/** Starts and stops the tasks that run beside the requests. */
@Injectable()
export class Lifecycle implements OnModuleInit, BeforeApplicationShutdown {
  #measuring: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(
    private readonly index: PostureIndex,
    private readonly measures: MeasureIndex,
    private readonly levels: Levels,
    private readonly signals: Signals,
    private readonly rights: SignalRights,
    private readonly measurer: Measurer,
    private readonly inputs: InputFolder,
    private readonly runs: Runs,
    private readonly schedule: Schedule,
    private readonly outputs: Outputs,
    private readonly health: HealthChecks,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
  ) {}

  async onModuleInit(): Promise<void> {
    await Promise.all([this.outputs.start(), this.index.follower.start(), this.rights.follower.start()]);
    // The measurer waits for this follower before it measures anything.
    this.#measuring = this.measures.follower.start().catch((error: unknown) => {
      if (!this.#isStopped)
        this.logger.error({ err: error }, 'what is measured by the log cannot be followed');
    });
    this.levels.start();
    this.measurer.start();
    this.inputs.start();
    await this.schedule.start();
    this.health.addFollower('signals', this.index.follower, 'the signals have not been confirmed current');
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([this.measurer.stop(), this.inputs.stop(), this.schedule.stop()]);
    this.outputs.stop();
    await this.signals.stop();
    await this.levels.stop();
    await this.runs.stop();
    await Promise.all([
      this.index.follower.stop(),
      this.measures.follower.stop(),
      this.rights.follower.stop(),
    ]);
    await this.#measuring;
  }
}
