import { writtenAt } from '@interlock/kernel';
import {
  commandContext,
  CurrentPrincipal,
  isChangeRequested,
  MayLoosen,
  RequireScope,
  sealed,
  Tenant,
  TenantScoped,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { requiredPeopleStream } from '@interlock/rails';
import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  type RequiredPeopleDto,
  RequiredPeopleRequest,
  type WrittenRequiredPeopleDto,
} from './changes.dto.js';
import { ChangeRequests } from './change-requests.js';
import { RequiredPeopleSetting } from './required-people.js';

/** The number of people that a tenant's loosening changes need. A lower number loosens. */
@ApiTags('safety rails')
@RequireScope('AUTONOMY_ADMIN')
@Controller('api/v1/changes/required-people')
export class RequiredPeopleController {
  constructor(
    private readonly people: RequiredPeopleSetting,
    private readonly requests: ChangeRequests,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Get how many people a change that loosens needs' })
  async get(@Query() _query: TenantScoped, @Tenant() tenant: string): Promise<RequiredPeopleDto> {
    const { people, from } = await this.requests.required(tenant);
    return { tenant_id: tenant, required_people: people, from };
  }

  @Put()
  @ApiOperation({
    summary: 'Set how many people a change that loosens needs',
    description: 'More people apply at once. Fewer people are themselves a change request.',
  })
  @MayLoosen()
  async put(
    @Body() { required_people, reason }: RequiredPeopleRequest,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenRequiredPeopleDto | ChangeRequestedDto> {
    const stream = requiredPeopleStream(tenant);
    const written = await this.people.changes.write(this.people.setting, {
      stream,
      command: {
        kind: 'SetRequiredPeople',
        required_people,
        reason: await sealed(principal, reason, `${stream} required people`),
      },
      principal,
      context: commandContext(principal),
      why: reason,
    });
    if (isChangeRequested(written)) return written;
    const { revision, position } = written;
    return {
      required_people,
      ...writtenAt({ revision, position }),
    };
  }
}
