import type { Position } from '@interlock/kernel';
import {
  MinPosition,
  nowText,
  RequireScope,
  Tenant,
  TenantScoped,
  WholeNumber,
  IfGiven,
  type Time,
} from '@interlock/platform';
import { keptOutcomeHours, type OutcomeHour } from '@interlock/rails';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ActionsQueries } from '../actions/actions.queries.js';
import { RailsWork } from '../rails-work.js';
import { FiguresQuery, type FiguresDto } from './figures.dto.js';
import { FiguresQueries, spanOf } from './figures.queries.js';

class OutcomeHoursQuery extends TenantScoped {
  @IfGiven() @WholeNumber(1, keptOutcomeHours - 1) hours?: number;
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

/** Serves the outcomes of actions. */
@ApiTags('safety rails')
@Controller('api/v1/autonomous/outcomes')
export class OutcomesController {
  constructor(
    private readonly work: RailsWork,
    private readonly actions: ActionsQueries,
    private readonly counted: FiguresQueries,
  ) {}

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

  @Get('figures')
  @ApiOperation({
    summary: 'Get the figures of the actions accepted in the last hour, day or week',
    description:
      'Throughput, the share that ran without a person, times to decide and to answer, and the verdicts of each gate. Dry runs are not counted.',
  })
  @RequireScope('AUTONOMOUS_READ')
  async figures(
    @Query() query: FiguresQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<FiguresDto> {
    await this.actions.atLeast(position);
    const { over = 'day', by = 'action_type' } = query;
    const now = nowText();
    const span = spanOf(over, Date.parse(now));
    const [counted, series, gates] = await Promise.all([
      this.counted.figures(tenantId, span, by),
      this.counted.series(tenantId, span, over),
      this.counted.gates(tenantId, span),
    ]);
    return {
      over,
      by,
      from: new Date(span.from).toISOString(),
      until: new Date(span.until).toISOString(),
      ...counted,
      series,
      gates,
      server_time: now,
    };
  }
}
