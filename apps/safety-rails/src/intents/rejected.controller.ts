import { subject, type IntentRejectedV1, type Timestamp, type Violation } from '@interlock/contracts';
import { newestMessages } from '@interlock/jetstream';
import { isObject } from '@interlock/kernel';
import {
  AnswersProblems,
  RequireScope,
  SERVICE_CONTEXT,
  Tenant,
  PageQuery,
  type ServiceContext,
  type Time,
  type PageOf,
  IsTimestamp,
} from '@interlock/platform';
import { decodeCursor, encodeCursor, defaultLimit } from '@interlock/postgres';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';

/** The largest number of messages, of all tenants, that one request searches. */
const scan = 256;
const list = 'rejected-intents';

class ListRejectedQuery extends PageQuery {
  /** Only refusals of this intent. */
  @IsOptional() @IsString() @MaxLength(128) intent_id?: string;
  /** Only refusals since this time. */
  @IsOptional() @IsTimestamp() since?: Timestamp;
}

type RejectedIntentDto = {
  /** The time at which the bus stored the refusal. */
  readonly rejected_at: Time;
  readonly intent_id: string | null;
  readonly tenant_id: string;
  readonly code: string;
  readonly detail: string;
  readonly violations: readonly Violation[];
};

/**
 * A page of refused intents. `next` is the cursor of the next page; null if there is none. A page
 * may have fewer items than requested, or none, and still have a next page.
 */
export type RejectedIntentsDto = PageOf<RejectedIntentDto>;

const decoder = new TextDecoder();
const refusalIn = (data: Uint8Array): IntentRejectedV1 | undefined => {
  const message: unknown = JSON.parse(decoder.decode(data));
  return isObject(message) && isObject(message['data']) ? (message['data'] as IntentRejectedV1) : undefined;
};

/** Lists invalid intents and the reasons for their refusal, never their content. */
@ApiTags('safety rails')
@Controller('api/v1/autonomous/intents')
export class RejectedController {
  constructor(@Inject(SERVICE_CONTEXT) private readonly context: ServiceContext) {}

  @Get('rejected')
  @ApiOperation({
    summary: 'List the rejected intents of the last seven days, newest first',
    description:
      'One request reads at most 256 refusals of all tenants, so a page may have few items or none. `next` continues the list.',
  })
  @AnswersProblems('bus-unavailable')
  @RequireScope('AUTONOMOUS_READ')
  async list(@Query() query: ListRejectedQuery, @Tenant() tenantId: string): Promise<RejectedIntentsDto> {
    const { items, next } = await newestMessages(this.context.nats, 'REJECTED', {
      subject: subject({ kind: 'rejected', tenant: tenantId }),
      limit: query.limit ?? defaultLimit,
      scan,
      ...(query.cursor === undefined ? {} : { from: decodeCursor(query.cursor, list, ['bigint'])[0] }),
      ...(query.since === undefined ? {} : { since: new Date(query.since).toISOString() }),
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
    return { items, next: next === null ? null : encodeCursor(list, [next]) };
  }
}
