import { PageQuery } from '@interlock/platform';
import { policyStatuses, type PolicyStatus } from '@interlock/policy';
import { IsIn, IsOptional } from 'class-validator';

export class ListPoliciesQuery extends PageQuery {
  @IsOptional() @IsIn(policyStatuses) status?: PolicyStatus;
}
