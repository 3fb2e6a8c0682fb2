import type { AdapterLogger } from '@interlock/eventstore';
import { RpcClient } from '@interlock/jetstream';
import { LOGGER, newId } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import { ResponseChecks } from '../responses/response-checks.js';

const deadlineMs = 60_000;

/**
 * The light form of the integrity and schema checks, which Interlock makes by itself. It is no
 * response and no action, and does not count as one.
 */
@Injectable()
export class LightChecks {
  #failing = false;

  constructor(
    @Inject(RpcClient) private readonly rpc: Pick<RpcClient, 'call'>,
    @Inject(ResponseChecks) private readonly checks: Pick<ResponseChecks, 'record'>,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
  ) {}

  /**
   * Asks audit for one check and records it. False if nobody could make it; then the signal grows
   * stale.
   */
  async run(): Promise<boolean> {
    const request_id = newId();
    try {
      const answer = await this.rpc.call('audit.check', { kind: 'light', request_id }, { deadlineMs });
      await this.checks.record('light', request_id, answer);
      this.#failing = false;
      return true;
    } catch (error) {
      if (!this.#failing) this.logger.warn({ err: error }, 'the light integrity check could not be made');
      this.#failing = true;
      return false;
    }
  }
}
