import type { PredictionV1, PredictRequest } from '@interlock/contracts';
import { ProblemError, refuseViolations } from '@interlock/kernel';
import {
  commandContext,
  CurrentPrincipal,
  nowText,
  RequireScope,
  Tenant,
  type Principal,
} from '@interlock/platform';
import { importedTrace, predict, readTraceEntries, readTraceFile } from '@interlock/twin';
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ImportedTracesDto, PredictionDto } from './twin-answers.dto.js';
import { Memories } from './memories.js';
import { Traces } from './traces.js';
import { PredictDto, PredictRpcDto, type PredictBody } from './twin.dto.js';

const requestOf = (body: PredictBody, tenant_id: string, at: string): PredictRequest => ({
  tenant_id,
  action_type: body.action_type,
  entity_id: body.entity_id,
  parameters: body.parameters,
  at: new Date(at).toISOString(),
  ...(body.affected_entity_count === undefined ? {} : { affected_entity_count: body.affected_entity_count }),
  ...(body.trigger_type === undefined ? {} : { trigger_type: body.trigger_type }),
  ...(body.incident_id === undefined ? {} : { incident_id: body.incident_id }),
});

/** Predictions over the bus and HTTP, and the decision memory's import. */
@ApiTags('digital twin')
@Controller('api/v1/autonomous/digital-twin')
export class TwinController {
  constructor(
    @Inject(Memories) private readonly memories: Memories,
    @Inject(Traces) private readonly traces: Traces,
  ) {}

  @MessagePattern({ rpc: 'digital-twin.predict' })
  async answer(@Payload() request: PredictRpcDto): Promise<PredictionV1> {
    await this.memories.current(request.fresh === true);
    return predict(this.memories.of(request.tenant_id), {
      ...requestOf(request, request.tenant_id, request.at),
      ...(request.read_only === undefined ? {} : { read_only: request.read_only }),
    });
  }

  @Post('predict')
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_READ')
  @ApiOkResponse({ type: PredictionDto })
  async predict(@Body() body: PredictDto, @Tenant() tenant: string): Promise<PredictionDto> {
    await this.memories.current(true);
    return predict(this.memories.of(tenant), requestOf(body, tenant, body.at ?? nowText()));
  }

  /** A whole file of traces or nothing; what is known already is not taken twice. */
  @Post('traces/import')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  @ApiConsumes('application/json', 'application/x-ndjson')
  @ApiBody({ schema: { type: 'array', items: { type: 'object' } } })
  @ApiOkResponse({ type: ImportedTracesDto })
  async import(
    @Body() body: unknown,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ImportedTracesDto> {
    const { entries, violations } = readBody(body);
    refuseViolations(violations, 'the trace file');
    const now = nowText();
    const { actor, correlationId, causationId } = commandContext(principal, now);
    const { appended, known, position } = await this.traces.append(
      'TraceImported',
      entries.map((entry) => importedTrace(tenant, entry, now)),
      { tenantId: tenant, actor, now, correlationId, causationId },
    );
    await this.memories.current(true);
    return {
      tenant_id: tenant,
      imported: appended,
      known,
      position,
      memory: {
        traces: this.memories.of(tenant)?.size ?? 0,
        version: this.memories.of(tenant)?.version ?? '0',
      },
    };
  }
}

const readBody = (body: unknown): ReturnType<typeof readTraceFile> => {
  if (typeof body === 'string') return readTraceFile(body);
  if (Array.isArray(body)) return readTraceEntries(body);
  throw new ProblemError('validation-failed', 'the body is neither NDJSON nor a JSON array', {
    violations: [{ pointer: '', detail: 'must be an array of traces' }],
  });
};
