import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { systemTenant } from '@interlock/contracts';
import {
  CurrentPrincipal,
  nowText,
  openTexts,
  RequireScope,
  Tenant,
  type Principal,
} from '@interlock/platform';
import { killSwitchStream } from '@interlock/rails';
import { ActionsQueries } from './actions.queries.js';
import {
  FollowedReceiptDto,
  KillSwitchReceiptDto,
  KillSwitchUsesDto,
  RailsStatusDto,
} from './kill-switch-answers.dto.js';
import { KillSwitchReceipts } from './kill-switch-receipts.js';
import { KillSwitchDto, ListKillSwitchUsesQuery } from './kill-switch.dto.js';
import { KillSwitchService } from './kill-switch.service.js';
import { KillSwitches } from './kill-switches.js';
import { Orchestrator } from './orchestrator.js';

@ApiTags('safety rails')
@Controller('api/v1/autonomous')
export class KillSwitchController {
  constructor(
    @Inject(KillSwitchService) private readonly service: KillSwitchService,
    @Inject(KillSwitches) private readonly switches: KillSwitches,
    @Inject(KillSwitchReceipts) private readonly receipts: KillSwitchReceipts,
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

  /** The uses of the tenant's kill switches, the latest first, each with the time to stop; `drill=true` shows the drills alone. */
  @Get('kill-switch')
  @RequireScope('AUTONOMOUS_READ')
  @ApiOkResponse({ type: KillSwitchUsesDto })
  async uses(
    @Query() query: ListKillSwitchUsesQuery,
    @Tenant() tenantId: string,
  ): Promise<KillSwitchUsesDto> {
    const drill = query.drill === undefined ? undefined : query.drill === 'true';
    return { items: await this.receipts.list(tenantId, drill, query.limit ?? 50) };
  }

  /** A use with its receipt; every action that was in flight is followed to its end. */
  @Get('kill-switch/:id')
  @RequireScope('AUTONOMOUS_READ')
  @ApiOkResponse({ type: FollowedReceiptDto })
  use(@Param('id') id: string, @Tenant() tenantId: string): Promise<FollowedReceiptDto> {
    return this.receipts.follow(tenantId, id, nowText());
  }

  @Get('status')
  @RequireScope('AUTONOMOUS_READ')
  @ApiOkResponse({ type: RailsStatusDto })
  async status(
    @Tenant() tenantId: string,
    @CurrentPrincipal() { people }: Pick<Principal, 'people'>,
  ): Promise<RailsStatusDto> {
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
      ...(await this.queries.counts(tenantId)),
      kill_switch: {
        engaged: own.some((head) => head.engaged),
        switches: own,
        // Why everything stands still, a person of `_system` has said: whoever is stopped by it may read that.
        uses: await openTexts(people, [tenantId, systemTenant], this.receipts.engaged(tenantId)),
        current: await this.switches.isCurrent(),
      },
      server_time: nowText(),
    };
  }
}
