import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Position } from '@interlock/kernel';
import { MinPosition, RequireScope, Tenant } from '@interlock/platform';
import type { RecordList } from '@interlock/replay';
import { type PersonRecordsDto, RecordsQuery } from './records.dto.js';
import { RecordsQueries } from './records.queries.js';

/** Shows auditors who has access, who overrode a guard, and who read or exported the log. */
@ApiTags('audit')
@RequireScope('AUDIT_READ')
@Controller('api/v1/audit')
export class RecordsController {
  constructor(private readonly queries: RecordsQueries) {}

  @Get('who')
  @ApiOperation({
    summary: 'List what people were given and the sessions that they began, newest first',
    description: 'Invitations, roles, sessions and erasures. Names are opened.',
  })
  who(
    @Query() query: RecordsQuery,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<PersonRecordsDto> {
    return this.#page('who', query, tenant, position);
  }

  @Get('overrides')
  @ApiOperation({
    summary: 'List where a person went past a guard, newest first',
    description:
      'Releases of kill switch, brake, trust lock and devices, bypasses, and steps that were overridden.',
  })
  overrides(
    @Query() query: RecordsQuery,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<PersonRecordsDto> {
    return this.#page('override', query, tenant, position);
  }

  @Get('access')
  @ApiOperation({
    summary: 'List what was exported, read and refused, newest first',
  })
  access(
    @Query() query: RecordsQuery,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<PersonRecordsDto> {
    return this.#page('access', query, tenant, position);
  }

  async #page(
    list: RecordList,
    query: RecordsQuery,
    tenant: string,
    position: Position | null,
  ): Promise<PersonRecordsDto> {
    await this.queries.atLeast(position);
    return this.queries.page(tenant, list, query);
  }
}
