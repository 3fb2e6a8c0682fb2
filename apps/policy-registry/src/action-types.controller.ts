import { Controller, Get, Inject, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, requestTenant, RequireScope, type Principal } from '@interlock/platform';
import { Catalogue } from './catalogue.js';

@ApiTags('action types')
@Controller('api/v1/action-types')
export class ActionTypesController {
  constructor(@Inject(Catalogue) private readonly catalogue: Catalogue) {}

  @Get()
  @RequireScope('POLICY_READ', 'AUTONOMOUS_READ')
  async list(@Req() request: { readonly headers: { readonly [name: string]: string | readonly string[] | undefined }; readonly query?: unknown }, @CurrentPrincipal() principal: Principal): Promise<object> {
    return { items: await this.catalogue.list(requestTenant(principal, request)), next: null };
  }
}
