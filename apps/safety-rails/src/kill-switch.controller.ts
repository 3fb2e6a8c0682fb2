import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { KillSwitchReceiptDto, RailsStatusDto } from './kill-switch-answers.dto.js';
import { CurrentPrincipal, nowText, RequireScope, Tenant, type Principal } from '@interlock/platform';
import { killSwitchStream } from '@interlock/rails';
import { KillSwitchDto } from './actions.dto.js';
import { ActionsQueries } from './actions.queries.js';
import { KillSwitchService } from './kill-switch.service.js';
import { KillSwitches } from './kill-switches.js';
import { Orchestrator } from './orchestrator.js';

@ApiTags('safety rails')
@Controller('api/v1/autonomous')
export class KillSwitchController {
  constructor(
    @Inject(KillSwitchService) private readonly service: KillSwitchService,
    @Inject(KillSwitches) private readonly switches: KillSwitches,
    @Inject(Orchestrator) private readonly orchestrator: Orchestrator,
    @Inject(ActionsQueries) private readonly queries: ActionsQueries,
  ) {}

  @Post('kill-switch')
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_KILL')
  @ApiOkResponse({ type: KillSwitchReceiptDto })
  set(@Body() body: KillSwitchDto, @CurrentPrincipal() principal: Principal): Promise<KillSwitchReceiptDto> {
    return this.service.set(principal, body);
  }

  @Get('status')
  @RequireScope('AUTONOMOUS_READ')
  @ApiOkResponse({ type: RailsStatusDto })
  async status(@Tenant() tenantId: string): Promise<RailsStatusDto> {
    const own = this.switches
      .all()
      .filter(
        (head) =>
          head.stream === killSwitchStream('global', tenantId, '') ||
          head.stream.startsWith(`kill_switch-${tenantId}:`),
      );
    return {
      tenant_id: tenantId,
      executor: this.orchestrator.load,
      actions: await this.queries.counts(tenantId),
      kill_switch: {
        engaged: own.some((head) => head.engaged),
        switches: own,
        current: this.switches.follower.confirmedWithin(2000),
      },
      server_time: nowText(),
    };
  }
}
