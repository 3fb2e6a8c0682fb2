import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ActionTypesDto } from './policies-answers.dto.js';
import { RequireScope, Tenant } from '@interlock/platform';
import { Catalogue } from './catalogue.js';

@ApiTags('action types')
@Controller('api/v1/action-types')
export class ActionTypesController {
  constructor(@Inject(Catalogue) private readonly catalogue: Catalogue) {}

  @Get()
  @RequireScope('POLICY_READ', 'AUTONOMOUS_READ')
  @ApiOkResponse({ type: ActionTypesDto })
  async list(@Tenant() tenantId: string): Promise<ActionTypesDto> {
    return { items: await this.catalogue.list(tenantId), next: null };
  }
}
