import { policyStatuses, type PolicyStatus } from '@interlock/policy';
import { IsIn, IsNumberString, IsOptional, IsString, MaxLength } from 'class-validator';

export class PageQuery {
  @IsOptional() @IsNumberString({ no_symbols: true }) limit?: string;
  @IsOptional() @IsString() @MaxLength(2048) cursor?: string;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

export class ListPoliciesQuery extends PageQuery {
  @IsOptional() @IsIn(policyStatuses) status?: PolicyStatus;
}
