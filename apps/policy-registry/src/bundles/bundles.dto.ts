import { versionSteps, type VersionStep } from '@interlock/policy';
import { IsBooleanString, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { IfGiven } from '@interlock/platform';
import { PageQuery } from '../policies/policies.dto.js';

export const bundleStatuses = ['draft', 'canary', 'active', 'superseded', 'rolled_back'] as const;

export class ListBundlesQuery extends PageQuery {
  @IfGiven() @IsIn(bundleStatuses) status?: (typeof bundleStatuses)[number];
  @IfGiven() @IsBooleanString() active_only?: 'true' | 'false' | '1' | '0';
  /** Only bundles of this team. */
  @IfGiven() @IsString() @MaxLength(64) team?: string;
}

export class TenantQuery {
  @IfGiven() @IsString() @MaxLength(64) tenant_id?: string;
}

export class ActiveQuery extends TenantQuery {
  @IfGiven() @IsString() @MaxLength(64) team?: string;
}

export class CloneBundleDto {
  /** Left out: the next one by `bump` that is free. */
  @IfGiven() @IsString() @MaxLength(16) version?: string;
  @IfGiven() @IsIn(versionSteps) bump?: VersionStep;
  /** Left out: those of the bundle that it is made from. */
  @IfGiven() @IsString() @MaxLength(10_000) notes?: string;
  /** Left out: that of the bundle that it is made from. */
  @IsOptional() @IsString() @MaxLength(64) team?: string | null;
}
