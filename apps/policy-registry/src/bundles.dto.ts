import { IsBooleanString, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { PageQuery } from './policies.dto.js';

/** `canary` and `rolled_back` come with the canary rollout. */
export const bundleStatuses = ['draft', 'canary', 'active', 'superseded', 'rolled_back'] as const;

export class ListBundlesQuery extends PageQuery {
  @IsOptional() @IsIn(bundleStatuses) status?: (typeof bundleStatuses)[number];
  @IsOptional() @IsBooleanString() active_only?: 'true' | 'false';
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

export class ActivateBundleDto {
  /** Left out: any approval of the present content. */
  @IsOptional() @IsString() @MaxLength(64) approval_id?: string;
}
