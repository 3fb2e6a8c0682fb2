import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { RequireScope, Tenant } from '@interlock/platform';
import { Catalogue } from './catalogue.js';

@ApiTags('action types')
@Controller('api/v1/action-types')
export class ActionTypesController {
  constructor(@Inject(Catalogue) private readonly catalogue: Catalogue) {}

  @Get()
  @RequireScope('POLICY_READ', 'AUTONOMOUS_READ')
  async list(@Tenant() tenantId: string): Promise<object> {
    return { items: await this.catalogue.list(tenantId), next: null };
  }
}
