import { mapOf, nowText, RequireScope, Tenant, time } from '@interlock/platform';
import { keptOutcomeHours, type OutcomeHour } from '@interlock/rails';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { RailsWork } from '../rails-work.js';

class OutcomeHoursQuery {
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(keptOutcomeHours - 1) hours?: number;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

export class OutcomeHourDto implements OutcomeHour {
  @ApiProperty(time) readonly hour!: string;
  /** The state that actions ended in, and how many did. */
  @ApiProperty(mapOf({ type: 'number' })) readonly counts!: OutcomeHour['counts'];
}

export class OutcomeHoursDto {
  @ApiProperty({ type: [OutcomeHourDto] }) readonly items!: readonly OutcomeHourDto[];
  @ApiProperty(time) readonly server_time!: string;
}

/** How actions ended. */
@ApiTags('safety rails')
@Controller('api/v1/autonomous/outcomes')
export class OutcomesController {
  constructor(private readonly work: RailsWork) {}

  @Get('by-hour')
  @ApiOperation({
    summary: 'Count the ended actions by hour and outcome',
    description: 'The default is 24 hours. Dry runs are not counted.',
  })
  @RequireScope('AUTONOMOUS_READ')
  @ApiOkResponse({ type: OutcomeHoursDto })
  async byHour(@Query() query: OutcomeHoursQuery, @Tenant() tenantId: string): Promise<OutcomeHoursDto> {
    const now = nowText();
    const hours = (await this.work.history()).outcomes(tenantId);
    return { items: hours.last(query.hours ?? 24, now), server_time: now };
  }
}
