import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, nowText, RequireScope, Tenant, type Principal } from '@interlock/platform';
import { killSwitchStream } from '@interlock/rails';
import { KillSwitchDto } from './actions.dto.js';
import { ActionsQueries } from './actions.queries.js';
import { KillSwitchService, type Receipt } from './kill-switch.service.js';
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
  set(@Body() body: KillSwitchDto, @CurrentPrincipal() principal: Principal): Promise<Receipt> {
    return this.service.set(principal, body);
  }

  @Get('status')
  @RequireScope('AUTONOMOUS_READ')
  async status(@Tenant() tenantId: string): Promise<object> {
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
