import { RpcClient } from '@interlock/jetstream';
import { ProblemError, refuseViolations } from '@interlock/kernel';
import {
  AnswersProblems,
  CurrentPrincipal,
  nowText,
  RequireScope,
  Tenant,
  TenantScoped,
  type Principal,
} from '@interlock/platform';
import { builtInActionTypes, checkParameters } from '@interlock/rails';
import { Body, Controller, HttpCode, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ConnectionDto, DryRunDto, SubmittedIntentDto } from './netconf-answers.dto.js';
import { Gateway } from '../gateway.js';
import { ConnectDto, ValidateDto } from './netconf.dto.js';

const intentBody = {
  schema: { type: 'object', description: 'An action intent (ActionIntentV1); `tenant_id` may be left out' },
};

/**
 * The routes of the device adapter. None of them changes a device: `execute` publishes an intent,
 * which goes through every gate.
 */
@ApiTags('netconf')
@Controller('api/v1/adapters/netconf')
export class NetconfController {
  constructor(
    private readonly gateway: Gateway,
    private readonly rpc: RpcClient,
  ) {}

  @Post('connect')
  @ApiOperation({ summary: 'Open a NETCONF session and list the capabilities of the device' })
  @AnswersProblems('device-unknown', 'device-unreachable', 'host-key-mismatch', 'secret-not-for-host')
  @HttpCode(200)
  @RequireScope('DEVICE_READ')
  async connect(
    @Body() body: ConnectDto,
    @Query() _query: TenantScoped,
    @Tenant() tenantId: string,
  ): Promise<ConnectionDto> {
    return this.gateway.connect(tenantId, body.device_id);
  }

  @Post('validate')
  @ApiOperation({
    summary: 'Validate a change on the device without applying it',
    description: 'The answer holds the exact RPCs and the result of the validation on the device.',
  })
  @AnswersProblems(
    'device-unknown',
    'device-unreachable',
    'host-key-mismatch',
    'secret-not-for-host',
    'unknown-action-type',
  )
  @HttpCode(200)
  @RequireScope('DEVICE_READ')
  async validate(
    @Body() body: ValidateDto,
    @Query() _query: TenantScoped,
    @Tenant() tenantId: string,
  ): Promise<DryRunDto> {
    const { action_type: actionType, entity_id: entityId, parameters = {} } = body;
    // The catalogue's entries of the gateway's handlers are built in, and no tenant changes them.
    const type = builtInActionTypes.find(({ action_type: one }) => one === actionType);
    if (type !== undefined) refuseViolations(checkParameters(type, parameters), 'the input');
    return this.gateway.validate({
      tenant_id: tenantId,
      action_type: actionType,
      entity_id: entityId,
      parameters,
    });
  }

  @Post('execute')
  @ApiOperation({
    summary: 'Submit an action intent for a device',
    description: 'The intent passes through the same gates as every other one.',
  })
  @AnswersProblems('unknown-action-type', 'intent-conflict', 'tenant-suspended', 'wrong-agent', 'overloaded')
  @HttpCode(202)
  @RequireScope('AUTONOMOUS_SUBMIT')
  @ApiBody(intentBody)
  async execute(
    @Body() body: unknown,
    @Query() _query: TenantScoped,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<SubmittedIntentDto> {
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw new ProblemError('validation-failed', 'an intent is an object', {
        violations: [{ pointer: '', detail: 'must be an object' }],
      });
    return this.rpc.call('safety-rails.submit', {
      intent: { ...body, tenant_id: tenantId },
      requester: principal.requester,
      time: nowText(),
    });
  }
}
