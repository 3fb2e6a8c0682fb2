import { IsBooleanString, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { PageQuery } from './policies.dto.js';

export const bundleStatuses = ['draft', 'canary', 'active', 'superseded', 'rolled_back'] as const;

export class ListBundlesQuery extends PageQuery {
  @IsOptional() @IsIn(bundleStatuses) status?: (typeof bundleStatuses)[number];
  @IsOptional() @IsBooleanString() active_only?: 'true' | 'false';
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

export class ApproveBundleDto {
  /** The hash of what was looked at: another content is refused. */
  @IsOptional() @Matches(/^[0-9a-f]{64}$/, { message: 'bundle_hash must be 64 hex digits' }) bundle_hash?: string;
  @IsOptional() @IsString() @MaxLength(2000) note?: string;
}
