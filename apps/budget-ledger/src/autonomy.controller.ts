import {
  autoApprovalStream,
  autoApprovalView,
  budgetStateRows,
  budgetStream,
  dayOf,
  listModes,
  effectiveMode,
  everyAccount,
  modeStream,
  type AutoApprovalConfig,
  type ModeCommand,
  type ModeQuery,
} from '@interlock/autonomy';
import {
  type CommandContext,
  type CommandResult,
  type DomainEvent,
  type Position,
  ProblemError,
  writtenAt,
} from '@interlock/kernel';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  effectiveBy,
  IfMatch,
  isChangeRequested,
  MayLoosen,
  MinPosition,
  nowText,
  RequireScope,
  sealed,
  Tenant,
  TenantScoped,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { Body, Controller, Delete, Get, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { pageByKey } from '@interlock/postgres';
import type {
  AutoApprovalDto,
  BudgetDto,
  BudgetPageDto,
  BudgetDayDto,
  ModePageDto,
  RemovedSettingDto,
  ResolvedModeDto,
  WrittenAutoApprovalDto,
  WrittenBudgetDto,
  WrittenModeDto,
} from './autonomy-answers.dto.js';
import {
  AccountQuery,
  BudgetStateQuery,
  KeyQuery,
  ListQuery,
  PutAutoApprovalDto,
  PutBudgetDto,
  PutModeDto,
} from './autonomy.dto.js';
import { AutonomyIndex } from './autonomy-index.js';
import { keyOf, namedBy, stepView, typed } from './autonomy-parts.js';
import { BudgetLedger } from './budgets/budget-ledger.js';
import { ModeSetting } from './modes/mode-setting.js';
import { AutonomySettings } from './settings.js';
import { Targets, type Named } from './targets.js';

/** The admin API of autonomy modes, budgets and the auto-approval policy. */
@ApiTags('autonomy')
@RequireScope('AUTONOMY_ADMIN')
@Controller('api/v1/autonomy')
export class AutonomyController {
  constructor(
    private readonly settings: AutonomySettings,
    private readonly modeSetting: ModeSetting,
    private readonly index: AutonomyIndex,
    private readonly ledger: BudgetLedger,
    private readonly targets: Targets,
  ) {}

  @Get('config')
  @ApiOperation({
    summary: 'List the autonomy modes of a tenant',
    description: 'With `account_id` and `action_type` the answer also holds the effective mode.',
  })
  async listConfig(
    @Query() query: ListQuery,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<ModePageDto> {
    await this.index.atLeast(position);
    const modes = this.index.modesOf(tenant);
    const { account_id, action_type } = query;
    const items = listModes(modes, account_id).filter(
      (item) => action_type === undefined || item.action_type === action_type,
    );
    const effective =
      account_id === undefined || action_type === undefined
        ? {}
        : { effective: this.#effective({ tenant_id: tenant, account_id, action_type }) };
    return {
      ...pageByKey('modes', items, ({ pk, sk }) => `${pk}\n${sk}`, query),
      time_zone: modes.time_zone,
      ...effective,
    };
  }

  @Put('config')
  @ApiOperation({
    summary: 'Set an autonomy mode, the time zone, or both',
    description: 'An unknown account or action type is refused, unless `force` is set.',
  })
  @MayLoosen('target-unknown', 'tenant-suspended')
  async putConfig(
    @Body() body: PutModeDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
  ): Promise<WrittenModeDto | ChangeRequestedDto> {
    const { account_id, action_type } = body;
    await this.targets.check(principal, namedBy({ account_id, action_type }), {
      force: body.force,
      stops: body.mode === 'DISABLED',
    });
    const context = this.#context(principal, revision);
    const command = await this.#modeCommand(body, tenant, principal);
    const written = await this.settings.changes.write(this.settings.modes, {
      stream: modeStream(tenant),
      command,
      principal,
      context,
      why: body.reason,
    });
    if (isChangeRequested(written)) return written;
    const steps =
      command.kind === 'SetMode'
        ? await this.modeSetting.endSteps(command, context)
        : { ended: [], held: [] };
    const item =
      body.mode === undefined
        ? {}
        : listModes(written.state).find(
            (each) => each.account_id === account_id && each.action_type === action_type,
          );
    return {
      ...item,
      time_zone: written.state.time_zone,
      ended_steps: steps.ended.map(stepView),
      held_steps: steps.held.map(stepView),
      ...this.#written(written),
    };
  }

  @Delete('config')
  @ApiOperation({ summary: 'Remove an autonomy mode' })
  @MayLoosen()
  async deleteConfig(
    @Query() query: KeyQuery,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
  ): Promise<RemovedSettingDto | ChangeRequestedDto> {
    return this.#removed(
      await this.settings.changes.write(this.settings.modes, {
        stream: modeStream(tenant),
        command: { kind: 'RemoveMode', key: keyOf(query) },
        principal,
        context: this.#context(principal, revision),
      }),
    );
  }

  @Get('budget')
  @ApiOperation({ summary: 'Get the budget of an account, or list all budgets' })
  @AnswersProblems('not-found')
  async getBudget(
    @Query() query: ListQuery,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<BudgetDto | BudgetPageDto> {
    await this.index.atLeast(position);
    if (query.account_id === undefined)
      return pageByKey('budgets', this.index.budgetsOf(tenant), (budget) => budget.account_id, query);
    const budget = this.index.budgetOf(tenant, query.account_id);
    if (budget === null)
      throw new ProblemError('not-found', `account \`${query.account_id}\` has no budget, which counts as 0`);
    return budget;
  }

  @Put('budget')
  @ApiOperation({
    summary: 'Set the budget of an account',
    description: 'An unknown account or action type is refused, unless `force` is set.',
  })
  @MayLoosen('target-unknown', 'tenant-suspended')
  async putBudget(
    @Body() body: PutBudgetDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
  ): Promise<WrittenBudgetDto | ChangeRequestedDto> {
    const { account_id, max_autonomous_per_day, max_per_action_type = {}, decay_if_unused = false } = body;
    await this.targets.check(
      principal,
      [
        ...namedBy({ account_id: account_id === everyAccount ? undefined : account_id }),
        ...Object.keys(max_per_action_type).map((name): Named => typed(name, `/max_per_action_type/${name}`)),
      ],
      { force: body.force },
    );
    const { cost, compute, entities } = body.max_amounts_per_day ?? {};
    const amounts = {
      ...(cost === undefined ? {} : { cost }),
      ...(compute === undefined ? {} : { compute }),
      ...(entities === undefined ? {} : { entities }),
    };
    const limits = {
      max_autonomous_per_day,
      max_per_action_type: { ...max_per_action_type },
      decay_if_unused,
      ...(Object.keys(amounts).length === 0 ? {} : { max_amounts_per_day: amounts }),
    };
    const written = await this.settings.changes.write(this.settings.budgets, {
      stream: budgetStream(tenant, account_id),
      command: { kind: 'SetBudget', account_id, limits },
      principal,
      context: this.#context(principal, revision),
    });
    return isChangeRequested(written) ? written : { ...written.state, ...this.#written(written) };
  }

  @Delete('budget')
  @ApiOperation({
    summary: 'Remove the budget of an account',
    description: 'The removal of the budget of all accounts, `_all`, loosens: it is a further limit.',
  })
  @MayLoosen()
  async deleteBudget(
    @Query() query: AccountQuery,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
  ): Promise<RemovedSettingDto | ChangeRequestedDto> {
    return this.#removed(
      await this.settings.changes.write(this.settings.budgets, {
        stream: budgetStream(tenant, query.account_id),
        command: { kind: 'RemoveBudget', account_id: query.account_id },
        principal,
        context: this.#context(principal, revision),
      }),
    );
  }

  // Auditors compare this answer with the log (`interlock audit reconcile`). It needs no stronger
  // scope, because the log shows them the same data.
  @Get('budget/state')
  @ApiOperation({ summary: 'Get what an account has spent of its budget on a day' })
  @RequireScope('AUTONOMY_ADMIN', 'AUDIT_READ')
  async budgetState(
    @Query() query: BudgetStateQuery,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<BudgetDayDto> {
    await this.index.atLeast(position);
    const { account_id: account } = query;
    const zone = this.index.modesOf(tenant).time_zone;
    const now = nowText();
    const day = query.date_key ?? dayOf(now, zone);
    const state = await this.ledger.day(tenant, account, day);
    const { limit, unused_days } = await this.ledger.limits(tenant, account, '', day);
    const budget = this.index.budgetOf(tenant, account);
    return {
      tenant_id: tenant,
      account_id: account,
      date_key: day,
      time_zone: zone,
      count: state.count,
      limit,
      unused_days,
      spent: state.spent,
      ...(budget?.max_amounts_per_day === undefined
        ? {}
        : { max_amounts_per_day: budget.max_amounts_per_day }),
      by_action_type: state.by_type,
      max_per_action_type: budget?.max_per_action_type ?? {},
      updated_at: state.updated_at,
      items: budgetStateRows(tenant, account, day, state),
      next: null,
      server_time: now,
    };
  }

  @Get('auto-approval')
  @ApiOperation({ summary: 'Get the auto-approval policy of a tenant' })
  async getAutoApproval(
    @Query() _query: TenantScoped,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<AutoApprovalDto> {
    await this.index.atLeast(position);
    return autoApprovalView(tenant, this.index.autoApprovalOf(tenant));
  }

  @Put('auto-approval')
  @ApiOperation({ summary: 'Change those members of the auto-approval policy that the body contains' })
  @MayLoosen()
  async putAutoApproval(
    @Body() body: PutAutoApprovalDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
  ): Promise<WrittenAutoApprovalDto | ChangeRequestedDto> {
    const {
      kill_switch,
      blocked_action_types,
      confidence_thresholds: levels,
      automatic_lifecycle_states,
    } = body;
    const config: Partial<AutoApprovalConfig> = {
      ...(kill_switch === undefined ? {} : { kill_switch }),
      ...(blocked_action_types === undefined ? {} : { blocked_action_types }),
      ...(levels === undefined
        ? {}
        : { confidence_thresholds: { LOW: levels.LOW, MEDIUM: levels.MEDIUM, HIGH: levels.HIGH } }),
      ...(automatic_lifecycle_states === undefined ? {} : { automatic_lifecycle_states }),
    };
    const written = await this.settings.changes.write(this.settings.autoApproval, {
      stream: autoApprovalStream(tenant),
      command: { kind: 'ConfigureAutoApproval', config },
      principal,
      context: this.#context(principal, revision),
    });
    return isChangeRequested(written)
      ? written
      : { ...autoApprovalView(tenant, written.state), ...this.#written(written) };
  }

  #effective(query: ModeQuery): ResolvedModeDto {
    const { standing } = this.index.earnedOf(query.tenant_id, query.account_id, query.action_type);
    const { mode, matched_level, explanation } = effectiveMode(this.index.modes, standing, query, null);
    return { mode, matched_level, explanation };
  }

  /**
   * Builds one command that sets a mode, a time zone or both. A mode without a reason is set too,
   * because a stop must not wait for one.
   */
  async #modeCommand(
    { mode, reason = 'no reason was given', time_zone, ...key }: PutModeDto,
    tenant: string,
    principal: Principal,
  ): Promise<ModeCommand> {
    if (mode === undefined) {
      if (time_zone === undefined)
        throw new Error('a request with neither mode nor time zone passed its DTO');
      return { kind: 'SetTimeZone', time_zone };
    }
    return {
      kind: 'SetMode',
      key: keyOf(key),
      mode,
      reason: await sealed(principal, reason, `${modeStream(tenant)} mode`),
      ...(time_zone === undefined ? {} : { time_zone }),
    };
  }

  #removed(
    written: CommandResult<DomainEvent, unknown> | ChangeRequestedDto,
  ): RemovedSettingDto | ChangeRequestedDto {
    return isChangeRequested(written)
      ? written
      : { removed: written.events.length > 0, ...this.#written(written) };
  }

  #context(principal: Principal, revision: bigint | null): CommandContext {
    return commandContext(principal, nowText(), revision === null ? {} : { expectedRevision: revision });
  }

  #written({ revision, position }: CommandResult<DomainEvent, unknown>): {
    readonly revision: string;
    readonly position: string | null;
    readonly effective_by: string;
  } {
    return {
      ...writtenAt({ revision, position }),
      effective_by: effectiveBy(),
    };
  }
}
