import { agentClientId } from '@interlock/contracts';
import { type CommandResult, positionOrNull, ProblemError } from '@interlock/kernel';
import {
  commandContext,
  CurrentPrincipal,
  isChangeRequested,
  MayLoosen,
  nowText,
  readPublicJwk,
  RequireScope,
  Tenant,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import {
  agentsIn,
  tenantStream,
  type AgentCommand,
  type RegisteredAgent,
  type TenantEvent,
  type TenantState,
} from '@interlock/rails';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { TenantSetting } from '../tenants/tenant-setting.js';
import { Tenants } from '../tenants/tenants.js';
import { AgentStops } from './agent-stops.js';
import {
  type AgentDto,
  type AgentListDto,
  AgentPath,
  CreateAgentDto,
  RevokeAgentDto,
  type RevokedAgentDto,
  RotateAgentDto,
  type WrittenAgentDto,
} from './agents.dto.js';

const overlapS = 600;

const viewOf = (tenantId: string, { name, credential, keys, bus }: RegisteredAgent): AgentDto => ({
  name,
  client_id: agentClientId(tenantId, name),
  credential: credential.credential,
  agents: credential.agents,
  accounts: credential.accounts,
  signals: credential.signals ?? [],
  keys: keys.map(({ jkt, ends_at }) => ({ jkt, ends_at })),
  bus_user: bus === null ? null : agentClientId(tenantId, name),
  handlers: bus?.handlers ?? [],
});

/**
 * The credentials of a tenant's agents, which run elsewhere and keep their private keys. Giving a
 * credential is a change that people approve. Anyone with the scope can revoke it at once.
 */
@ApiTags('agents')
@Controller('api/v1/autonomous/agents')
export class AgentsController {
  constructor(
    private readonly setting: TenantSetting,
    private readonly tenants: Tenants,
    private readonly stops: AgentStops,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the agents that have a credential' })
  @RequireScope('AUTONOMY_ADMIN')
  async list(@Tenant() tenantId: string): Promise<AgentListDto> {
    await this.tenants.follower.ensureCurrent(true);
    const { credentials } = this.tenants.of(tenantId);
    return { items: agentsIn(tenantId, credentials).map((agent) => viewOf(tenantId, agent)) };
  }

  @Post()
  @ApiOperation({
    summary: 'Register an agent with its public key',
    description:
      'A change request. Once it is approved, the agent gets tokens at `/oauth/token`, and the same call answers the agent.',
  })
  @MayLoosen('already-exists', 'wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  async create(
    @Body() { name, accounts, agents, signals, jwk, bus_key, handlers }: CreateAgentDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenAgentDto | ChangeRequestedDto> {
    if (bus_key === undefined && (handlers ?? []).length > 0)
      throw new ProblemError('validation-failed', 'the agent has 1 fault', {
        violations: [{ pointer: '/handlers', detail: 'is for an agent with a user of the bus' }],
      });
    return this.#write(principal, name, {
      kind: 'create_agent',
      tenant_id: tenantId,
      name,
      accounts,
      agents: agents ?? [name],
      signals: signals ?? [],
      key: await readPublicJwk(jwk, '/jwk'),
      bus: bus_key === undefined ? null : { public_key: bus_key, handlers: handlers ?? [] },
    });
  }

  @Post(':name/rotate')
  @ApiOperation({
    summary: 'Replace the key of an agent',
    description:
      'A change request. Once it is approved, the new key is valid; the old key ends `overlap_s` seconds after the request.',
  })
  @MayLoosen('already-exists', 'wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  async rotate(
    @Param() { name }: AgentPath,
    @Body() { jwk, overlap_s: overlap = overlapS }: RotateAgentDto,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenAgentDto | ChangeRequestedDto> {
    const now = nowText();
    return this.#write(principal, name, {
      kind: 'rotate_agent',
      name,
      key: await readPublicJwk(jwk, '/jwk'),
      old_keys_until: new Date(Date.parse(now) + overlap * 1000).toISOString(),
      now,
    });
  }

  @Post(':name/revoke')
  @ApiOperation({
    summary: 'Revoke the credential of an agent',
    description:
      'Every service refuses the agent within two seconds. With `cancel` its open actions and plans are cancelled.',
  })
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  async revoke(
    @Param() { name }: AgentPath,
    @Body() { cancel }: RevokeAgentDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RevokedAgentDto> {
    const written = await this.#recordCredential(principal, {
      kind: 'revoke_agent',
      tenant_id: tenantId,
      name,
    });
    if (isChangeRequested(written)) throw new Error('a revocation does not loosen');
    const position = positionOrNull(written.position);
    const { actions, plans } =
      cancel === true ? await this.stops.cancel(principal, name) : { actions: [], plans: [] };
    return { name, cancelled_actions: actions, cancelled_plans: plans, position };
  }

  async #write(
    principal: Principal,
    name: string,
    command: AgentCommand,
  ): Promise<WrittenAgentDto | ChangeRequestedDto> {
    const written = await this.#recordCredential(principal, command);
    if (isChangeRequested(written)) return written;
    const { credentials } = this.tenants.of(principal.tenant_id);
    const agent = agentsIn(principal.tenant_id, credentials).find((one) => one.name === name);
    if (agent === undefined)
      throw new ProblemError('not-found', `the agent \`${name}\` was revoked meanwhile`);
    const { position } = written;
    return {
      ...viewOf(principal.tenant_id, agent),
      position: positionOrNull(position),
    };
  }

  /** Records the change of a credential. The log's event is its only record. */
  async #recordCredential(
    principal: Principal,
    command: AgentCommand,
  ): Promise<CommandResult<TenantEvent, TenantState> | ChangeRequestedDto> {
    const written = await this.setting.changes.write(this.setting.setting, {
      stream: tenantStream(principal.tenant_id),
      command,
      principal,
      context: commandContext(principal),
    });
    if (!isChangeRequested(written)) await this.tenants.follower.confirmAtLeast(written.position);
    return written;
  }
}
