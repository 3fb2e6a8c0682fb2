import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { systemTenant, type ActionStateName } from '@interlock/contracts';
import {
  AnswersProblems,
  CurrentPrincipal,
  nowText,
  openTexts,
  RequireScope,
  Tenant,
  type Principal,
} from '@interlock/platform';
import { killSwitchStream } from '@interlock/rails';
import { defaultLimit } from '@interlock/postgres';
import { ActionsQueries } from '../actions/actions.queries.js';
import type {
  FollowedReceiptDto,
  KillSwitchReceiptDto,
  KillSwitchUsesDto,
  RailsStatusDto,
} from './kill-switch-answers.dto.js';
import { KillSwitchReceipts } from './kill-switch-receipts.js';
import { KillSwitchDto, ListKillSwitchUsesQuery } from './kill-switch.dto.js';
import { KillSwitchService } from './kill-switch.service.js';
import { KillSwitches } from './kill-switches.js';
import { Orchestrator } from '../actions/orchestrator.js';

const inFlight: readonly ActionStateName[] = ['EXECUTING', 'VALIDATING', 'ROLLING_BACK'];

@ApiTags('safety rails')
@Controller('api/v1/autonomous')
export class KillSwitchController {
  constructor(
    private readonly service: KillSwitchService,
    private readonly switches: KillSwitches,
    private readonly receipts: KillSwitchReceipts,
    private readonly orchestrator: Orchestrator,
    private readonly queries: ActionsQueries,
  ) {}

  @Post('kill-switch')
  @ApiOperation({
    summary: 'Engage or release a kill switch',
    description: 'Engaging stops the actions of the target at once. Only a person may release.',
  })
  @AnswersProblems('person-required', 'wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_KILL')
  set(@Body() body: KillSwitchDto, @CurrentPrincipal() principal: Principal): Promise<KillSwitchReceiptDto> {
    return this.service.set(principal, body);
  }

  @Get('kill-switch')
  @ApiOperation({
    summary: 'List the uses of the kill switches, newest first',
    description: 'Each use has its time to stop. `drill=true` lists drills only.',
  })
  @RequireScope('AUTONOMOUS_READ')
  async uses(
    @Query() query: ListKillSwitchUsesQuery,
    @Tenant() tenantId: string,
  ): Promise<KillSwitchUsesDto> {
    const drill = query.drill === undefined ? undefined : query.drill === 'true';
    return { items: await this.receipts.list(tenantId, drill, query.limit ?? defaultLimit) };
  }

  @Get('kill-switch/:id')
  @ApiOperation({
    summary: 'Get a use of a kill switch with its receipt',
    description: 'The receipt follows every action that was in flight to its end.',
  })
  @RequireScope('AUTONOMOUS_READ')
  use(@Param('id') id: string, @Tenant() tenantId: string): Promise<FollowedReceiptDto> {
    return this.receipts.follow(tenantId, id, nowText());
  }

  @Get('status')
  @ApiOperation({ summary: 'Get the state of the safety rails' })
  @RequireScope('AUTONOMOUS_READ')
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
    const counts = await this.queries.counts(tenantId);
    return {
      tenant_id: tenantId,
      executor: this.orchestrator.load,
      ...counts,
      in_flight: inFlight.reduce((sum, state) => sum + (counts.actions[state] ?? 0), 0),
      kill_switch: {
        engaged: own.some((head) => head.engaged),
        switches: own,
        // A person of `_system` has given the reason of a global stop. Everybody whom it stops may
        // read it.
        uses: await openTexts(people, [tenantId, systemTenant], this.receipts.engaged(tenantId)),
        current: await this.switches.isCurrent(),
      },
      server_time: nowText(),
    };
  }
}
