import { nowText, RequireScope, Tenant, type Time } from '@interlock/platform';
import { keptOutcomeHours, type OutcomeHour } from '@interlock/rails';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { RailsWork } from '../rails-work.js';

class OutcomeHoursQuery {
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(keptOutcomeHours - 1) hours?: number;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

type OutcomeHourDto = {
  readonly hour: Time;
  /** The number of actions by the state in which they ended. */
  readonly counts: OutcomeHour['counts'];
};

export type OutcomeHoursDto = {
  readonly items: readonly OutcomeHourDto[];
  readonly server_time: Time;
};

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
  async byHour(@Query() query: OutcomeHoursQuery, @Tenant() tenantId: string): Promise<OutcomeHoursDto> {
    const now = nowText();
    const hours = (await this.work.history()).outcomes(tenantId);
    return { items: hours.last(query.hours ?? 24, now), server_time: now };
  }
}
