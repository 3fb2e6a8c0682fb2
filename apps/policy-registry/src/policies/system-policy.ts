import { Injectable } from '@nestjs/common';
import { systemTenant } from '@interlock/contracts';
import { serviceCommandContext } from '@interlock/platform';
import { shippedPolicy } from '@interlock/policy';
import { PolicyHandler } from '../handlers.js';

/** Writes the built-in policy at the first start. */
@Injectable()
export class SystemPolicy {
  constructor(private readonly handler: PolicyHandler) {}

  async ensure(): Promise<void> {
    const { stream, command, command_id: commandId } = shippedPolicy;
    if ((await this.handler.load(stream)).revision >= 0n) return;
    await this.handler.handle(
      stream,
      command,
      serviceCommandContext('policy-registry', systemTenant, { commandId }),
    );
  }
}
