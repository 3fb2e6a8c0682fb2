import {
  busStreams,
  defaults,
  retained,
  retentionKinds,
  type RetentionDays,
  type RetentionOwner,
} from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { removedBefore, type RetentionState, retentionStream, writtenAt } from '@interlock/kernel';
import {
  commandContext,
  CurrentPrincipal,
  IfMatch,
  isChangeRequested,
  MayLoosen,
  nowText,
  RequireScope,
  sealed,
  Tenant,
  TenantScoped,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  PlanRetentionQuery,
  PutRetentionDto,
  type RetentionDto,
  type RetentionPlanDto,
  type WrittenRetentionDto,
} from './retention.dto.js';
import { RetentionSetting } from './retention-setting.js';

/** Services count rows, so they get more time than they get for a decision. */
const planDeadlineMs = 30_000;

const fixed: RetentionDto['fixed'] = [
  ...busStreams.map(({ name, max_age_s: seconds }) => ({ what: name, days: seconds / 86_400 })),
  { what: 'budget_state', days: defaults.budget_state_days },
];

const viewOf = (tenant_id: string, { days, set_at, set_by }: RetentionState): RetentionDto => ({
  tenant_id,
  kpis: days.kpis ?? null,
  evaluations: days.evaluations ?? null,
  deliveries: days.deliveries ?? null,
  sessions: days.sessions ?? null,
  actions: days.actions ?? null,
  log: days.log ?? null,
  fixed,
  updated_at: set_at,
  updated_by: set_by,
});

/** Returns the kinds of a request for which a number of days is given. */
const daysOf = (given: RetentionDays): RetentionDays =>
  Object.fromEntries(
    retentionKinds.flatMap((kind) => (given[kind] === undefined ? [] : [[kind, given[kind]]])),
  );

/** The retention of a tenant's read models, and of the streams of ended actions in the log. */
@ApiTags('safety rails')
@RequireScope('AUTONOMY_ADMIN')
@Controller('api/v1/retention')
export class RetentionController {
  constructor(
    private readonly retention: RetentionSetting,
    private readonly rpc: RpcClient,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Get the retention of a tenant' })
  async get(@Query() _query: TenantScoped, @Tenant() tenant: string): Promise<RetentionDto> {
    return viewOf(tenant, await this.#state(tenant));
  }

  @Get('plan')
  @ApiOperation({
    summary: 'Get what a retention would remove now',
    description: 'Of the retention that the query describes, or of the one in force if it names no kind.',
  })
  async plan(@Query() query: PlanRetentionQuery, @Tenant() tenant: string): Promise<RetentionPlanDto> {
    const given = daysOf(query);
    const days = Object.keys(given).length > 0 ? given : (await this.#state(tenant)).days;
    const before = removedBefore(days, nowText());
    const owners = [
      ...new Set(retentionKinds.filter((kind) => before[kind]).map((kind) => retained[kind].owner)),
    ];
    const answers = await Promise.all(
      owners.map((owner: RetentionOwner) =>
        this.rpc.call(
          `${owner}.plan_retention`,
          { tenant_id: tenant, before },
          { deadlineMs: planDeadlineMs },
        ),
      ),
    );
    return {
      tenant_id: tenant,
      removals: answers
        .flatMap(({ removals }) => removals)
        .flatMap((removal) => {
          const until = before[removal.kind];
          return until === undefined ? [] : [{ ...removal, before: until }];
        }),
      log: answers.find(({ log }) => log !== undefined)?.log ?? null,
    };
  }

  @Put()
  @ApiOperation({
    summary: 'Replace the retention of a tenant',
    description:
      'A kind that the body omits is kept for ever. A longer retention applies at once; a shorter one becomes a change request.',
  })
  @MayLoosen()
  async put(
    @Body() body: PutRetentionDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() expected: bigint | null,
  ): Promise<WrittenRetentionDto | ChangeRequestedDto> {
    const stream = retentionStream(tenant);
    const written = await this.retention.changes.write(this.retention.setting, {
      stream,
      command: {
        kind: 'SetRetention',
        days: daysOf(body),
        reason: await sealed(principal, body.reason, `${stream} retention`),
      },
      principal,
      context: commandContext(principal, nowText(), expected === null ? {} : { expectedRevision: expected }),
      why: body.reason,
    });
    if (isChangeRequested(written)) return written;
    const { state, revision, position } = written;
    return {
      ...viewOf(tenant, state),
      ...writtenAt({ revision, position }),
    };
  }

  async #state(tenant: string): Promise<RetentionState> {
    return (await this.retention.handler.load(retentionStream(tenant))).state;
  }
}
