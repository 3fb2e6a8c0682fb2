import { versionSteps, type VersionStep } from '@interlock/policy';
import { IsBooleanString, IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { IfGiven, PageQuery, TenantScoped } from '@interlock/platform';

export const bundleStatuses = ['draft', 'canary', 'active', 'superseded', 'rolled_back'] as const;

export class ListBundlesQuery extends PageQuery {
  @IfGiven() @IsIn(bundleStatuses) status?: (typeof bundleStatuses)[number];
  @IfGiven() @IsBooleanString() active_only?: 'true' | 'false' | '1' | '0';
  /** Only bundles of this team. */
  @IfGiven() @IsString() @MaxLength(64) team?: string;
}

export class ActiveQuery extends TenantScoped {
  @IfGiven() @IsString() @MaxLength(64) team?: string;
}

export class CloneBundleDto {
  /** The version of the new draft. If absent, the next free version by `bump`. */
  @IfGiven() @IsString() @MaxLength(16) version?: string;
  @IfGiven() @IsIn(versionSteps) bump?: VersionStep;
  /** The notes of the new draft. If absent, those of the source bundle. */
  @IfGiven() @IsString() @MaxLength(10_000) notes?: string;
  /** The team of the new draft. If absent, that of the source bundle. */
  @IsOptional() @IsString() @MaxLength(64) team?: string | null;
}
