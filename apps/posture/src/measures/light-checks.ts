import type { AdapterLogger } from '@interlock/eventstore';
import { RpcClient } from '@interlock/jetstream';
import { LOGGER, newId } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import { ResponseChecks } from '../responses/response-checks.js';

const deadlineMs = 60_000;

/**
 * The light form of the integrity and schema checks, which Interlock runs by itself. A check is
 * neither a response nor an action and does not count as one.
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
   * Asks the audit service for one check and records the result. Returns false if no instance could
   * run it; then the signal grows stale.
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
