import { Body, Controller, Get, HttpCode, Param, Post, Put, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { answeredActionType } from '@interlock/contracts';
import { type CommandResult, ProblemError, writtenAt } from '@interlock/kernel';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  IfMatch,
  isChangeRequested,
  MayLoosen,
  MayLoosenCreating,
  RequireScope,
  Tenant,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import type { ActionTypeEvent, ActionTypeState } from '@interlock/policy';
import type {
  ActionTypesDto,
  ActionTypeVersionsDto,
  ShownActionTypeDto,
  WrittenActionTypeDto,
} from './action-types-answers.dto.js';
import { ActionTypesService } from './action-types.service.js';
import { Catalogue } from '../policies/catalogue.js';

type Reply = { readonly header: (name: string, value: string) => unknown };

const typeBody = {
  schema: {
    type: 'object',
    description:
      'An action type: `title`, `parameters` (JSON Schema 2020-12), `impact`, `read_only`, `reversible`, `external_contact`, `confidence_threshold`, `kpis`, `undo_within_s`, `on_unknown`, `handler` (docs/agents.md). Members that only answers have are ignored.',
  },
};

@ApiTags('action types')
@Controller('api/v1/action-types')
export class ActionTypesController {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly types: ActionTypesService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the action types of a tenant' })
  @RequireScope('POLICY_READ', 'AUTONOMOUS_READ')
  async list(@Tenant() tenantId: string): Promise<ActionTypesDto> {
    return { items: (await this.catalogue.list(tenantId)).map(answeredActionType), next: null };
  }

  @Get(':actionType')
  @ApiOperation({ summary: 'Get an action type' })
  @AnswersProblems('not-found')
  @RequireScope('POLICY_READ', 'AUTONOMOUS_READ')
  async one(
    @Tenant() tenantId: string,
    @Param('actionType') name: string,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<ShownActionTypeDto> {
    const shown = await this.types.one(tenantId, name);
    if (shown.revision !== null) reply.header('etag', `"${shown.revision}"`);
    return shown;
  }

  @Get(':actionType/versions')
  @ApiOperation({
    summary: 'List the versions of an action type',
    description:
      'Every version stays readable, because an action keeps the version under which it was accepted.',
  })
  @AnswersProblems('not-found')
  @RequireScope('POLICY_READ', 'AUTONOMOUS_READ')
  async versions(
    @Tenant() tenantId: string,
    @Param('actionType') name: string,
  ): Promise<ActionTypeVersionsDto> {
    return { items: await this.types.versions(tenantId, name), next: null };
  }

  @Post(':actionType')
  @ApiOperation({ summary: 'Register an action type' })
  @MayLoosenCreating('already-exists', 'wrong-state')
  @RequireScope('AUTONOMY_ADMIN')
  @ApiBody(typeBody)
  async register(
    @Tenant() tenantId: string,
    @Param('actionType') name: string,
    @Body() body: unknown,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<WrittenActionTypeDto | ChangeRequestedDto> {
    const answer = await this.types.register(tenantId, name, body, principal);
    return isChangeRequested(answer) ? answer : written(answer, reply);
  }

  @Put(':actionType')
  @ApiOperation({ summary: 'Change an action type', description: 'The header `If-Match` is required.' })
  @MayLoosen('not-found', 'revision-required', 'wrong-state')
  @RequireScope('AUTONOMY_ADMIN')
  @ApiBody(typeBody)
  async change(
    @Tenant() tenantId: string,
    @Param('actionType') name: string,
    @Body() body: unknown,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<WrittenActionTypeDto | ChangeRequestedDto> {
    if (revision === null)
      throw new ProblemError('revision-required', 'an action type is changed at the revision that was read', {
        remedy: "send the type's `ETag` as `If-Match`",
      });
    const answer = await this.types.change(tenantId, name, body, revision, principal);
    return isChangeRequested(answer) ? answer : written(answer, reply);
  }

  @Post(':actionType/retire')
  @ApiOperation({
    summary: 'Retire an action type',
    description: 'Refused while a bundle that decides has a rule for it. Accepted actions continue.',
  })
  @AnswersProblems('not-found', 'wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  async retire(
    @Tenant() tenantId: string,
    @Param('actionType') name: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<WrittenActionTypeDto> {
    return written(await this.types.retire(tenantId, name, revision, commandContext(principal)), reply);
  }
}

const written = (
  { state, revision, position }: CommandResult<ActionTypeEvent, ActionTypeState>,
  reply: Reply,
): WrittenActionTypeDto => {
  if (state.entry === null) throw new Error('an action type that was written has a version');
  reply.header('etag', `"${revision}"`);
  return {
    ...answeredActionType(state.entry),
    retired: state.retired,
    ...writtenAt({ revision, position }),
  };
};
