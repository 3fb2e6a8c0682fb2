import { effectiveMode, modeSources, standingNow } from '@interlock/autonomy';
import type { Position } from '@interlock/kernel';
import { MinPosition, nowText, RequireScope, Tenant } from '@interlock/platform';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { AutonomyIndex } from '../autonomy-index.js';
import { ExplainModeQuery, type ModeExplainedDto } from './mode-explained.dto.js';

/** Explains the mode of an account's actions of one type. */
@ApiTags('autonomy')
@RequireScope('AUTONOMY_ADMIN')
@Controller('api/v1/autonomy')
export class ModeExplainedController {
  constructor(private readonly index: AutonomyIndex) {}

  @Get('explain')
  @ApiOperation({
    summary: 'Explain which entry decides the autonomy mode',
    description: 'The answer names the entry that decides, and the entries that also match but lose to it.',
  })
  async explain(
    @Query() { account_id, action_type, entity_id, affected_entity_count }: ExplainModeQuery,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<ModeExplainedDto> {
    await this.index.atLeast(position);
    // INVARIANT: version and modes are read in one turn, so that they match.
    const { version } = this.index;
    const query = { tenant_id: tenant, account_id, action_type };
    const { standing } = this.index.earnedOf(tenant, account_id, action_type);
    const { earned, ...effective } = effectiveMode(
      this.index.modes,
      standing,
      query,
      affected_entity_count ?? null,
    );
    return {
      ...modeSources(this.index.modes, query),
      ...effective,
      earned: earned ?? null,
      standing: standingNow(this.index.modes, standing, query),
      entity_id: entity_id ?? null,
      version,
      server_time: nowText(),
    };
  }
}
