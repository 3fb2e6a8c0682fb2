import { entityPattern, namePattern, tenantPattern } from '@interlock/contracts';
import { killSwitchScopes, type KillSwitchScope } from '@interlock/rails';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

export class KillSwitchDto {
  @IsIn(killSwitchScopes) scope!: KillSwitchScope;
  @IsOptional() @Matches(namePattern, { message: 'action_type must be a name' }) action_type?: string;
  @IsOptional() @Matches(namePattern, { message: 'account_id must be a name' }) account_id?: string;
  @IsOptional() @Matches(namePattern, { message: 'agent must be a name' }) agent?: string;
  @IsOptional()
  @Matches(entityPattern, { message: 'site_id must be 1 to 256 printable characters' })
  site_id?: string;
  @IsIn([true, false]) engaged!: boolean;
  @IsString() @MaxLength(2000) reason!: string;
  @IsOptional() @IsIn([true, false]) rollback_in_flight?: boolean;
  /** The switch is engaged to find out how long stopping takes; it stops as any other does. */
  @IsOptional() @IsIn([true, false]) drill?: boolean;
  /** Names the tenant as the header `X-Tenant-Id` does; both must be the same. */
  @IsOptional() @Matches(tenantPattern, { message: 'tenant_id must be a tenant name' }) tenant_id?: string;
}

export class ListKillSwitchUsesQuery {
  @IsOptional() @IsIn(['true', 'false']) drill?: 'true' | 'false';
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(200) limit?: number;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}
