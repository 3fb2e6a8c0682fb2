import { createHash, timingSafeEqual } from 'node:crypto';
import { Body, Controller, Headers, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ProblemError } from '@interlock/kernel';
import {
  AnswersProblems,
  createValidationPipe,
  serviceCommandContext,
  Public,
  readConfig,
  SERVICE_CONTEXT,
  type ServiceContext,
} from '@interlock/platform';
import { managedCalls } from './alertmanager.js';
import { AlertmanagerDto, type ManagedDto } from './alertmanager.dto.js';
import { AlertingConfig } from '../config.js';
import { AlertHandler } from '../handlers.js';

const pipe = createValidationPipe({ ignoresUnknown: true });
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Receives Alertmanager's webhook, so that Prometheus' alerts appear in the same list. */
@ApiTags('alerts')
@Controller('api/v1/alerts/alertmanager')
export class AlertmanagerController {
  constructor(
    private readonly alerts: AlertHandler,
    @Inject(SERVICE_CONTEXT) private readonly context: Pick<ServiceContext, 'environment' | 'logger'>,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Receive alerts from the webhook of Alertmanager',
    description: 'The bearer token is the value of `ALERTMANAGER_TOKEN`, not a token of the issuer.',
  })
  @AnswersProblems('unauthenticated')
  @HttpCode(200)
  @Public()
  @ApiBody({ type: AlertmanagerDto })
  async take(@Body() body: unknown, @Headers('authorization') authorization?: string): Promise<ManagedDto> {
    // INVARIANT: a caller without a token learns nothing about the required body.
    this.#requireToken(authorization);
    const { alerts, truncatedAlerts = 0 } = (await pipe.transform(body, {
      type: 'body',
      metatype: AlertmanagerDto,
    })) as AlertmanagerDto;
    if (truncatedAlerts > 0)
      this.context.logger.warn({ alerts: truncatedAlerts }, 'Alertmanager left alerts out of its message');
    const calls = managedCalls(alerts);
    for (const call of calls) {
      if (call === null || call === undefined) continue;
      await this.alerts.handle(call.stream, call.command, serviceCommandContext('alertmanager', call.tenant));
    }
    return {
      taken: calls.filter((call) => call !== null && call !== undefined).length,
      known: calls.filter((call) => call === null).length,
      unnamed: calls.filter((call) => call === undefined).length,
    };
  }

  /** Fails closed: without a configured token every caller is refused. */
  #requireToken(authorization: string | undefined): void {
    const { ALERTMANAGER_TOKEN: token } = readConfig(AlertingConfig, this.context.environment);
    const shown = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
    if (token === undefined || shown === undefined || !timingSafeEqual(digest(shown), digest(token)))
      throw new ProblemError('unauthenticated', "Alertmanager's bearer token is needed", {
        remedy: 'set ALERTMANAGER_TOKEN for alerting, and the same token in the receiver of Alertmanager',
      });
  }
}
