import { createHash, timingSafeEqual } from 'node:crypto';
import {
  Body,
  Controller,
  HttpCode,
  Inject,
  Injectable,
  Post,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ProblemError } from '@interlock/kernel';
import {
  newId,
  nowText,
  Public,
  readConfig,
  SERVICE_CONTEXT,
  type ServiceContext,
} from '@interlock/platform';
import { managedCall } from './alertmanager.js';
import { AlertmanagerDto, ManagedDto } from './alertmanager.dto.js';
import { AlertingConfig } from './config.js';
import { AlertHandler } from './handlers.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Lets in who shows Alertmanager's token, before anything else is looked at. Fails closed: without a configured token nobody has one. */
@Injectable()
class AlertmanagerGuard implements CanActivate {
  constructor(@Inject(SERVICE_CONTEXT) private readonly context: Pick<ServiceContext, 'environment'>) {}

  canActivate(context: ExecutionContext): boolean {
    const { ALERTMANAGER_TOKEN: token } = readConfig(AlertingConfig, this.context.environment);
    const { headers } = context
      .switchToHttp()
      .getRequest<{ readonly headers: { readonly authorization?: string } }>();
    const shown = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    if (token === undefined || shown === undefined || !timingSafeEqual(digest(shown), digest(token)))
      throw new ProblemError('unauthenticated', "Alertmanager's bearer token is needed", {
        remedy: 'set ALERTMANAGER_TOKEN for alerting, and the same token in the receiver of Alertmanager',
      });
    return true;
  }
}

/** Alertmanager's receiver: what Prometheus sees stands on the one list of alerts, too. */
@ApiTags('alerts')
@UseGuards(AlertmanagerGuard)
@Controller('api/v1/alerts/alertmanager')
export class AlertmanagerController {
  constructor(@Inject(AlertHandler) private readonly alerts: AlertHandler) {}

  /** Takes the webhook of Alertmanager, which shows `ALERTMANAGER_TOKEN` as its bearer token. */
  @Post()
  @HttpCode(200)
  @Public()
  @ApiOkResponse({ type: ManagedDto })
  async take(@Body() { alerts }: AlertmanagerDto): Promise<ManagedDto> {
    const calls = alerts.map(managedCall);
    for (const call of calls) {
      if (call === null || call === undefined) continue;
      const id = newId();
      await this.alerts.handle(call.stream, call.command, {
        commandId: id,
        tenantId: call.tenant,
        actor: { kind: 'service', service: 'alertmanager' },
        now: nowText(),
        correlationId: id,
        causationId: id,
      });
    }
    return {
      taken: calls.filter((call) => call !== null && call !== undefined).length,
      known: calls.filter((call) => call === null).length,
      unnamed: calls.filter((call) => call === undefined).length,
    };
  }
}
