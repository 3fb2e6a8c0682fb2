import { over, raised, type AlertCall } from '@interlock/alerting';
import type { RaisedAlertAnswer } from '@interlock/contracts';
import { JetStreamContext, traceparentWithin } from '@interlock/jetstream';
import { ProblemError } from '@interlock/kernel';
import { serviceCommandContext } from '@interlock/platform';
import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { RaiseAlertDto, ResolveAlertDto } from './alerts.dto.js';
import { AlertHandler } from '../handlers.js';

/**
 * Refuses a report about another service. INVARIANT: a service cannot raise or end another's alert.
 */
const requireOwn = (about: string, bus: JetStreamContext): void => {
  const caller = bus.getCaller();
  if (!about.startsWith(`${caller}/`))
    throw new ProblemError('wrong-caller', `\`${caller}\` may not report about \`${about.slice(0, 64)}\``);
};

/**
 * Takes alerts that services report about themselves. It needs only the log, so a read model that
 * does not advance is reported too, even alerting's own.
 */
@Controller()
export class AlertsRpc {
  constructor(private readonly alerts: AlertHandler) {}

  @MessagePattern({ rpc: 'alerting.raise' })
  async raise(@Payload() request: RaiseAlertDto, @Ctx() bus: JetStreamContext): Promise<RaisedAlertAnswer> {
    requireOwn(request.subject, bus);
    return this.#tell('raise', request.request_id, raised(request));
  }

  @MessagePattern({ rpc: 'alerting.resolve' })
  async resolve(
    @Payload() request: ResolveAlertDto,
    @Ctx() bus: JetStreamContext,
  ): Promise<RaisedAlertAnswer> {
    requireOwn(request.subject, bus);
    return this.#tell('resolve', request.request_id, over(request));
  }

  async #tell(
    what: string,
    requestId: string,
    { alert_id, tenant, stream, command }: AlertCall,
  ): Promise<RaisedAlertAnswer> {
    const context = serviceCommandContext('alerting', tenant, {
      commandId: `${what}:${requestId}`,
      correlationId: requestId,
      causationId: requestId,
      ...traceparentWithin(null),
    });
    const { state } = await this.alerts.handle(stream, command, context);
    return { alert_id, status: state.status };
  }
}
