import { leastCoverage, type PredictionV1, type PredictRequest } from '@interlock/contracts';
import { ProblemError, refuseViolations } from '@interlock/kernel';
import {
  commandContext,
  CurrentPrincipal,
  isChangeRequested,
  MayLoosen,
  nowText,
  RequireScope,
  Tenant,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import {
  calibrationOf,
  importedTrace,
  nominalCoverage,
  readTraceEntries,
  readTraceFile,
  type DecisionMemory,
  type TraceV1,
} from '@interlock/twin';
import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ApiBody, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type {
  CalibrationDto,
  ForgottenTraceDto,
  ImportedTracesDto,
  PredictionDto,
  TraceDto,
} from './twin-answers.dto.js';
import { Forgetting } from './forgetting.js';
import { Memories } from './memories.js';
import { Traces } from './traces.js';
import { ForgetDto, PredictDto, PredictRpcDto, type PredictBody } from './twin.dto.js';

const requestOf = (body: PredictBody, tenant_id: string, at: string): PredictRequest => ({
  tenant_id,
  action_type: body.action_type,
  entity_id: body.entity_id,
  parameters: body.parameters,
  at: new Date(at).toISOString(),
  ...(body.affected_entity_count === undefined ? {} : { affected_entity_count: body.affected_entity_count }),
  ...(body.trigger_type === undefined ? {} : { trigger_type: body.trigger_type }),
  ...(body.incident_id === undefined ? {} : { incident_id: body.incident_id }),
  ...(body.expected === undefined ? {} : { expected: body.expected }),
  ...(body.state === undefined ? {} : { state: body.state }),
});

/** Predictions over the bus and HTTP, and the decision memory's import. */
@ApiTags('digital twin')
@Controller('api/v1/autonomous/digital-twin')
export class TwinController {
  constructor(
    private readonly memories: Memories,
    private readonly traces: Traces,
    private readonly forgetting: Forgetting,
  ) {}

  @MessagePattern({ rpc: 'digital-twin.predict' })
  async answer(@Payload() request: PredictRpcDto): Promise<PredictionV1> {
    await this.memories.current(request.fresh === true);
    return this.memories.predict({
      ...requestOf(request, request.tenant_id, request.at),
      ...(request.read_only === undefined ? {} : { read_only: request.read_only }),
    });
  }

  @Post('predict')
  @ApiOperation({ summary: 'Predict the risk and impact of an action' })
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_READ')
  async predict(@Body() body: PredictDto, @Tenant() tenant: string): Promise<PredictionDto> {
    await this.memories.current(true);
    return this.memories.predict(requestOf(body, tenant, body.at ?? nowText()));
  }

  @Get('calibration')
  @ApiOperation({ summary: 'Get the accuracy of past predictions by action type' })
  @RequireScope('AUTONOMOUS_READ')
  async calibration(@Tenant() tenant: string): Promise<CalibrationDto> {
    await this.memories.current(true);
    const memory = this.memories.of(tenant);
    return {
      memory_version: memory?.version ?? '0',
      traces: memory?.size ?? 0,
      nominal_coverage: nominalCoverage,
      least_coverage: leastCoverage,
      items: memory?.types.map((type) => calibrationOf(memory, type)) ?? [],
    };
  }

  @Get('traces/:id')
  @ApiOperation({ summary: 'Get the trace of a finished action' })
  @RequireScope('AUTONOMOUS_READ')
  async trace(@Param('id') id: string, @Tenant() tenant: string): Promise<TraceDto> {
    await this.memories.current(true);
    return keptTrace(this.memories.of(tenant), id);
  }

  @Delete('traces/:id')
  @ApiOperation({
    summary: 'Forget a trace',
    description:
      'No later prediction uses it or names it, and it is not imported again. The outcome of its action still counts for the vote of the twin. This loosens: another person must approve it. The event of the trace stays in the log.',
  })
  @MayLoosen('not-found')
  @RequireScope('AUTONOMY_ADMIN')
  async forget(
    @Param('id') id: string,
    @Body() body: ForgetDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ForgottenTraceDto | ChangeRequestedDto> {
    await this.memories.current(true);
    const memory = this.memories.of(tenant);
    if (memory?.isForgotten(id) !== true) {
      const written = await this.forgetting.forget(principal, keptTrace(memory, id), body.reason);
      if (isChangeRequested(written)) return written;
    }
    return { trace_id: id, forgotten: true };
  }

  @Post('traces/import')
  @ApiOperation({
    summary: 'Import traces into the decision memory',
    description: 'The file is taken as a whole or refused. Traces that are already known are skipped.',
  })
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  @ApiConsumes('application/json', 'application/x-ndjson')
  @ApiBody({ schema: { type: 'array', items: { type: 'object' } } })
  async import(
    @Body() body: unknown,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ImportedTracesDto> {
    const { entries, violations } = readBody(body);
    refuseViolations(violations, 'the trace file');
    const now = nowText();
    const { actor, correlationId, causationId } = commandContext(principal, now);
    const { appended, known, forgotten, position } = await this.traces.append(
      'TraceImported',
      entries.map((entry) => importedTrace(tenant, entry, now)),
      { tenantId: tenant, actor, now, correlationId, causationId },
    );
    await this.memories.current(true);
    return {
      tenant_id: tenant,
      imported: appended,
      known,
      forgotten,
      position,
      memory: {
        traces: this.memories.of(tenant)?.size ?? 0,
        version: this.memories.of(tenant)?.version ?? '0',
      },
    };
  }
}

const keptTrace = (memory: DecisionMemory | undefined, id: string): TraceV1 => {
  const trace = memory?.find(id);
  if (trace !== undefined) return trace;
  const shown = id.slice(0, 128);
  if (memory?.isForgotten(id) === true)
    throw new ProblemError('not-found', `trace \`${shown}\` was forgotten`);
  throw new ProblemError('not-found', `there is no trace \`${shown}\``, {
    remedy: 'the memory keeps the last 1000 traces of each action type',
  });
};

const readBody = (body: unknown): ReturnType<typeof readTraceFile> => {
  if (typeof body === 'string') return readTraceFile(body);
  if (Array.isArray(body)) return readTraceEntries(body);
  throw new ProblemError('validation-failed', 'the body is neither NDJSON nor a JSON array', {
    violations: [{ pointer: '', detail: 'must be an array of traces' }],
  });
};
