import { versionSteps, type VersionStep } from '@interlock/policy';
import { IsBooleanString, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { PageQuery } from './policies.dto.js';

export const bundleStatuses = ['draft', 'canary', 'active', 'superseded', 'rolled_back'] as const;

export class ListBundlesQuery extends PageQuery {
  @IsOptional() @IsIn(bundleStatuses) status?: (typeof bundleStatuses)[number];
  @IsOptional() @IsBooleanString() active_only?: 'true' | 'false';
  /** Only bundles of this team. */
  @IsOptional() @IsString() @MaxLength(64) team?: string;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

export class TenantQuery {
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

export class ActiveQuery extends TenantQuery {
  @IsOptional() @IsString() @MaxLength(64) team?: string;
}

export class HistoryQuery extends PageQuery {
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

export class CloneBundleDto {
  /** Left out: the next one by `bump` that is free. */
  @IsOptional() @IsString() @MaxLength(16) version?: string;
  @IsOptional() @IsIn(versionSteps) bump?: VersionStep;
  /** Left out: those of the bundle that it is made from. */
  @IsOptional() @IsString() @MaxLength(10_000) notes?: string;
  /** Left out: that of the bundle that it is made from. */
  @IsOptional() @IsString() @MaxLength(64) team?: string | null;
}

export class ApproveBundleDto {
  /** The hash of what was looked at: another content is refused. */
  @IsOptional() @Matches(/^[0-9a-f]{64}$/, { message: 'bundle_hash must be 64 hex digits' }) bundle_hash?: string;
  @IsOptional() @IsString() @MaxLength(2000) note?: string;
}
