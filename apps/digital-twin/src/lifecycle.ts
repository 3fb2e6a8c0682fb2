import { HealthChecks, takeLines } from '@interlock/platform';
import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Memories } from './memories.js';

/** Starts and stops what runs beside the requests; lets trace files in as lines. */
@Injectable()
export class Lifecycle implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly memories: Memories,
    private readonly health: HealthChecks,
    private readonly http: HttpAdapterHost,
  ) {}

  async onModuleInit(): Promise<void> {
    takeLines(this.http.httpAdapter.getInstance<FastifyInstance>());
    await this.memories.follower.start();
    this.health.addFollower(
      'decision-memory',
      this.memories.follower,
      'the decision memory has not been confirmed current',
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.memories.follower.stop();
  }
}
