import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ArchiveDto } from './archive-answers.dto.js';
import { systemTenant } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { RequireScope, Tenant } from '@interlock/platform';
import { ArchiveView } from './archive-view.js';

/** Tells operators how far the log is archived, and therefore how far it may be scavenged. */
@ApiTags('audit')
@Controller('api/v1/audit/archive')
export class ArchiveController {
  constructor(private readonly view: ArchiveView) {}

  @Get()
  @ApiOperation({
    summary: 'Get the state of the archive of the log',
    description:
      'Everything up to `archived_position` is archived and was read back; null means that nothing is. Only tenant `_system` may ask.',
  })
  @RequireScope('AUDIT_READ')
  async archive(@Tenant() tenant: string): Promise<ArchiveDto> {
    if (tenant !== systemTenant)
      throw new ProblemError('wrong-tenant', `the archive is for tenant \`${systemTenant}\` only`);
    return this.view.answer();
  }
}
