import { systemTenant } from '@interlock/contracts';
import type { AdapterLogger } from '@interlock/eventstore';
import { RpcClient } from '@interlock/jetstream';
import { LOGGER, newId, nowText } from '@interlock/platform';
import { checksStream } from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';
import { ChecksHandler } from '../handlers.js';

const deadlineMs = 60_000;

/** The light form of the integrity and schema checks, which Interlock makes by itself: no response, no action, and not counted as one. */
@Injectable()
export class LightChecks {
  #failing = false;

  constructor(
    @Inject(RpcClient) private readonly rpc: Pick<RpcClient, 'call'>,
    @Inject(ChecksHandler) private readonly checks: ChecksHandler,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
  ) {}

  /** Asks audit for one check and records it. False where nobody could make it: then the signal grows stale. */
  async run(): Promise<boolean> {
    const request_id = newId();
    try {
      const { passed, checked, failed, range, detail } = await this.rpc.call(
        'audit.check',
        { kind: 'light', request_id },
        { deadlineMs },
      );
      await this.checks.handle(
        checksStream(systemTenant),
        {
          kind: 'RecordCheck',
          result: { request_id, kind: 'light', range, passed, checked, failed, detail },
        },
        {
          commandId: request_id,
          tenantId: systemTenant,
          actor: { kind: 'service', service: 'posture' },
          now: nowText(),
          correlationId: request_id,
          causationId: request_id,
        },
      );
      this.#failing = false;
      return true;
    } catch (error) {
      if (!this.#failing) this.logger.warn({ err: error }, 'the light integrity check could not be made');
      this.#failing = true;
      return false;
    }
  }
}
