import { subject, type IntentRejectedV1, type Violation } from '@interlock/contracts';
import { newestMessages } from '@interlock/jetstream';
import { isObject } from '@interlock/kernel';
import {
  nullable,
  RequireScope,
  SERVICE_CONTEXT,
  Tenant,
  time,
  type ServiceContext,
} from '@interlock/platform';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

/** Messages of all tenants that one request looks through. */
const scan = 2000;
const usualLimit = 50;

class ListRejectedQuery {
  /** Refusals of one intent. */
  @IsOptional() @IsString() @MaxLength(128) intent_id?: string;
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(200) limit?: number;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

class RejectedViolationDto {
  @ApiProperty() readonly pointer!: string;
  @ApiProperty() readonly detail!: string;
}

export class RejectedIntentDto implements IntentRejectedV1 {
  @ApiProperty({ ...time, description: 'When the bus took the refusal' }) readonly rejected_at!: string;
  @ApiProperty(nullable({ type: String })) readonly intent_id!: string | null;
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly code!: string;
  @ApiProperty() readonly detail!: string;
  @ApiProperty({ type: [RejectedViolationDto] }) readonly violations!: readonly Violation[];
}

export class RejectedIntentsDto {
  @ApiProperty({ type: [RejectedIntentDto] }) readonly items!: readonly RejectedIntentDto[];
  @ApiProperty(nullable({ type: String })) readonly next!: null;
}

const decoder = new TextDecoder();
const refusalIn = (data: Uint8Array): IntentRejectedV1 | undefined => {
  const message: unknown = JSON.parse(decoder.decode(data));
  return isObject(message) && isObject(message['data']) ? (message['data'] as IntentRejectedV1) : undefined;
};

/** Intents that did not fit, and why: never what stood in them. */
@ApiTags('safety rails')
@Controller('api/v1/autonomous/intents')
export class RejectedController {
  constructor(@Inject(SERVICE_CONTEXT) private readonly context: ServiceContext) {}

  /** The newest refusals, of the newest 2 000 that the bus keeps of all tenants, for seven days. */
  @Get('rejected')
  @RequireScope('AUTONOMOUS_READ')
  @ApiOkResponse({ type: RejectedIntentsDto })
  async list(@Query() query: ListRejectedQuery, @Tenant() tenantId: string): Promise<RejectedIntentsDto> {
    const items = await newestMessages(this.context.nats, 'REJECTED', {
      subject: subject({ kind: 'rejected', tenant: tenantId }),
      limit: query.limit ?? usualLimit,
      scan,
      wanted: ({ at, data }): RejectedIntentDto | undefined => {
        const refusal = refusalIn(data);
        return refusal === undefined ||
          (query.intent_id !== undefined && refusal.intent_id !== query.intent_id)
          ? undefined
          : {
              rejected_at: at,
              intent_id: refusal.intent_id,
              tenant_id: refusal.tenant_id,
              code: refusal.code,
              detail: refusal.detail,
              violations: refusal.violations,
            };
      },
    });
    return { items, next: null };
  }
}
