import { parseStream } from '@interlock/contracts';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import type { EventStore, RecordedEvent } from '@interlock/kernel';
import { EVENT_STORE, mapOf, nowText, RequireScope, Tenant, time } from '@interlock/platform';
import { keptOutcomeHours, OutcomeHours, type OutcomeHour } from '@interlock/rails';
import { Controller, Get, Inject, Injectable, Query } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

/** How actions ended, by the hour, of all tenants as the log has it; it needs no database. */
@Injectable()
export class Outcomes {
  readonly follower: LogFollower;
  readonly #tenants = new Map<string, OutcomeHours>();

  constructor(@Inject(EVENT_STORE) store: EventStore) {
    this.follower = createFollower(store, {
      name: 'safety-rails-outcomes',
      prefixes: ['action-'],
      onEvent: (event) => {
        this.#fold(event);
      },
    });
  }

  /** The last hours of a tenant, the oldest first. Throws `not-current`. */
  async hours(tenantId: string, count: number, now: string): Promise<readonly OutcomeHour[]> {
    await this.follower.ensureCurrent(false);
    return (this.#tenants.get(tenantId) ?? new OutcomeHours()).last(count, now);
  }

  #fold(event: RecordedEvent): void {
    const of = parseStream(event.stream);
    if (of === undefined) return;
    const tenant = this.#tenants.get(of.tenant) ?? new OutcomeHours();
    this.#tenants.set(of.tenant, tenant);
    tenant.add(of.id, event);
  }
}

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
  constructor(@Inject(Outcomes) private readonly outcomes: Outcomes) {}

  /** Ended actions by hour, 24 of them unless the request says otherwise; dry runs are left out. */
  @Get('by-hour')
  @RequireScope('AUTONOMOUS_READ')
  @ApiOkResponse({ type: OutcomeHoursDto })
  async byHour(@Query() query: OutcomeHoursQuery, @Tenant() tenantId: string): Promise<OutcomeHoursDto> {
    const now = nowText();
    return { items: await this.outcomes.hours(tenantId, query.hours ?? 24, now), server_time: now };
  }
}
