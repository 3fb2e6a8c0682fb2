import { entityPattern, namePattern, tenantPattern } from '@interlock/contracts';
import { killSwitchScopes, type KillSwitchScope } from '@interlock/rails';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { IfGiven } from '@interlock/platform';

export class KillSwitchDto {
  @IsIn(killSwitchScopes) scope!: KillSwitchScope;
  @IfGiven() @Matches(namePattern, { message: 'action_type must be a name' }) action_type?: string;
  @IfGiven() @Matches(namePattern, { message: 'account_id must be a name' }) account_id?: string;
  @IfGiven() @Matches(namePattern, { message: 'agent must be a name' }) agent?: string;
  @IfGiven()
  @Matches(entityPattern, { message: 'site_id must be 1 to 256 printable characters' })
  site_id?: string;
  @IsIn([true, false]) engaged!: boolean;
  @IsString() @Matches(/\S/, { message: 'reason must say why' }) @MaxLength(2000) reason!: string;
  @IfGiven() @IsIn([true, false]) rollback_in_flight?: boolean;
  /** True engages the switch to measure how long stopping takes. It stops like any other use. */
  @IfGiven() @IsIn([true, false]) drill?: boolean;
  /** True confirms a target that may never have appeared, so similar names are not searched. */
  @IfGiven() @IsIn([true, false]) force?: boolean;
  /** The tenant, as in the header `X-Tenant-Id`. Both must be equal. */
  @IfGiven() @Matches(tenantPattern, { message: 'tenant_id must be a tenant name' }) tenant_id?: string;
}

export class ListKillSwitchUsesQuery {
  @IfGiven() @IsIn(['true', 'false']) drill?: 'true' | 'false';
  @IfGiven() @Type(() => Number) @IsInt() @Min(1) @Max(200) limit?: number;
  @IfGiven() @IsString() @MaxLength(64) tenant_id?: string;
}
