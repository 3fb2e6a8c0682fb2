import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { TenantDto, TenantListDto, WrittenTenantDto } from './tenants-answers.dto.js';
import {
  actorKey,
  agentPrefix,
  namePattern,
  systemTenant,
  tenantOfUser,
  tenantPattern,
} from '@interlock/contracts';
import { positionOrNull, ProblemError } from '@interlock/kernel';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  isChangeRequested,
  MayLoosen,
  RequireScope,
  type ChangeRequestedDto,
  type Principal,
  Tenant,
} from '@interlock/platform';
import { busCredential, tenantStream, type TenantCommand, type TenantState } from '@interlock/rails';
import { TenantConsumers } from '../intents/tenant-consumers.js';
import { TenantSetting } from './tenant-setting.js';
import { Tenants } from './tenants.js';
import { CreateTenantDto, CredentialDto, RevokeDto } from './tenants.dto.js';

const fault = (pointer: string, detail: string): ProblemError =>
  new ProblemError('validation-failed', 'the tenant has 1 fault', { violations: [{ pointer, detail }] });

const viewOf = (tenantId: string, { status, credentials }: TenantState): TenantDto => ({
  tenant_id: tenantId,
  status,
  credentials: [...credentials.values()],
});

const requireSystem = (operator: string): void => {
  if (operator !== systemTenant)
    throw new ProblemError(
      'wrong-tenant',
      `tenants are registered with a token of tenant \`${systemTenant}\``,
    );
};

/**
 * Tenants and their credentials, for `_system` alone. In a path or body, the registered tenant has
 * its own member name, because the tenant of the request is the operator's.
 */
@ApiTags('tenants')
@Controller('api/v1/autonomous/tenants')
export class TenantsController {
  constructor(
    private readonly setting: TenantSetting,
    private readonly tenants: Tenants,
    private readonly consumers: TenantConsumers,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List all tenants', description: 'Only tenant `_system` may ask.' })
  @RequireScope('AUTONOMY_ADMIN')
  async list(@Tenant() operator: string): Promise<TenantListDto> {
    requireSystem(operator);
    await this.tenants.follower.ensureCurrent(true);
    return { items: this.tenants.all().map(([tenantId, state]) => viewOf(tenantId, state)) };
  }

  @Post()
  @ApiOperation({ summary: 'Create a tenant', description: 'Only tenant `_system` may ask.' })
  @MayLoosen('wrong-state', 'bus-unavailable')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  async create(
    @Body() body: CreateTenantDto,
    @Tenant() operator: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenTenantDto | ChangeRequestedDto> {
    const answer = await this.#tell(operator, principal, body.name, { kind: 'create', tenant_id: body.name });
    if (!isChangeRequested(answer)) await this.consumers.make(body.name);
    return answer;
  }

  @Post(':tenant/suspend')
  @ApiOperation({ summary: 'Suspend a tenant', description: 'Only tenant `_system` may ask.' })
  @AnswersProblems('wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  suspend(
    @Param('tenant') tenantId: string,
    @Tenant() operator: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenTenantDto> {
    return this.#tighten(operator, principal, tenantId, { kind: 'suspend', tenant_id: tenantId });
  }

  @Post(':tenant/resume')
  @ApiOperation({ summary: 'Resume a suspended tenant', description: 'Only tenant `_system` may ask.' })
  @MayLoosen('wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  resume(
    @Param('tenant') tenantId: string,
    @Tenant() operator: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenTenantDto | ChangeRequestedDto> {
    return this.#tell(operator, principal, tenantId, { kind: 'resume', tenant_id: tenantId });
  }

  @Post(':tenant/remove')
  @ApiOperation({
    summary: 'Remove a tenant',
    description: 'Revokes its users and deletes its consumers; its log stays. Only tenant `_system` may ask.',
  })
  @AnswersProblems('wrong-state', 'bus-unavailable')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  async remove(
    @Param('tenant') tenantId: string,
    @Tenant() operator: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenTenantDto> {
    const answer = await this.#tighten(operator, principal, tenantId, {
      kind: 'remove',
      tenant_id: tenantId,
    });
    await this.consumers.remove(tenantId);
    return answer;
  }

  @Post(':tenant/credentials')
  @ApiOperation({
    summary: 'Register a credential of a tenant',
    description: 'Only tenant `_system` may ask.',
  })
  @MayLoosen('wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  async register(
    @Param('tenant') tenantId: string,
    @Body() body: CredentialDto,
    @Tenant() operator: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenTenantDto | ChangeRequestedDto> {
    if (body.kind !== 'bus' && body.public_key !== undefined)
      throw fault('/public_key', 'is for a user of the bus');
    if (body.kind !== 'bus' && (body.handlers ?? []).length > 0)
      throw fault('/handlers', 'is for a user of the bus');
    const credential = await this.#credential(operator, principal, tenantId, body);
    return this.#tell(operator, principal, tenantId, {
      kind: 'register',
      credential,
      agents: body.agents,
      accounts: body.accounts,
      public_key: body.public_key ?? null,
      ...(body.signals === undefined ? {} : { signals: body.signals }),
      ...(body.handlers === undefined ? {} : { handlers: body.handlers }),
    });
  }

  @Post(':tenant/credentials/revoke')
  @ApiOperation({ summary: 'Revoke a credential of a tenant', description: 'Only tenant `_system` may ask.' })
  @AnswersProblems('wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  async revoke(
    @Param('tenant') tenantId: string,
    @Body() body: RevokeDto,
    @Tenant() operator: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenTenantDto> {
    return this.#tighten(operator, principal, tenantId, {
      kind: 'revoke',
      credential: await this.#credential(operator, principal, tenantId, body),
    });
  }

  /** Returns the credential as the log names it. The subject of a person becomes an opaque id. */
  async #credential(
    operator: string,
    principal: Principal,
    tenantId: string,
    { kind, name }: RevokeDto,
  ): Promise<string> {
    requireSystem(operator);
    if (kind === 'person') return actorKey(await principal.people.actorOf(tenantId, name));
    if (kind === 'service') {
      if (name.startsWith('nats.')) throw fault('/name', 'must not begin like a user of the bus');
      if (name.startsWith(agentPrefix)) throw fault('/name', 'must not begin like a registered agent');
      return `service:${name}`;
    }
    if (tenantOfUser(name) !== tenantId || !namePattern.test(name.slice(tenantId.length + 1)))
      throw fault('/name', `must be \`${tenantId}.\` and a name`);
    return busCredential(name);
  }

  /** Writes at once, because taking a right away never loosens. */
  async #tighten(
    operator: string,
    principal: Principal,
    tenantId: string,
    command: TenantCommand,
  ): Promise<WrittenTenantDto> {
    const written = await this.#tell(operator, principal, tenantId, command);
    if (isChangeRequested(written)) throw new Error(`\`${command.kind}\` does not loosen`);
    return written;
  }

  async #tell(
    operator: string,
    principal: Principal,
    tenantId: string,
    command: TenantCommand,
  ): Promise<WrittenTenantDto | ChangeRequestedDto> {
    requireSystem(operator);
    if (!tenantPattern.test(tenantId)) throw fault('/path/tenant', 'must be a tenant name');
    // The event goes to another tenant's stream, where the person has another id.
    const actor =
      principal.kind === 'person'
        ? await principal.people.actorOf(tenantId, principal.subject)
        : principal.actor;
    const written = await this.setting.changes.write(this.setting.setting, {
      stream: tenantStream(tenantId),
      command,
      principal,
      context: { ...commandContext(principal), tenantId, actor },
      requester: { tenantId: operator, actor: principal.actor },
    });
    if (isChangeRequested(written)) return written;
    const { state, position } = written;
    await this.tenants.follower.confirmAtLeast(position);
    return { ...viewOf(tenantId, state), position: positionOrNull(position) };
  }
}
