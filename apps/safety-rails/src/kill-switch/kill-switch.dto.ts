import { tenantPattern } from '@interlock/contracts';
import { killSwitchScopes, type KillSwitchScope } from '@interlock/rails';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { IfGiven, IntentMember, IsEntity } from '@interlock/platform';

export class KillSwitchDto {
  @IsIn(killSwitchScopes) scope!: KillSwitchScope;
  @IfGiven() @IntentMember() action_type?: string;
  @IfGiven() @IntentMember() account_id?: string;
  @IfGiven() @IntentMember() agent?: string;
  @IfGiven() @IsEntity() site_id?: string;
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
