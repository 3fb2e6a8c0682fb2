import { tenantPattern } from '@interlock/contracts';
import { maxLimit } from '@interlock/postgres';
import { killSwitchScopes, type KillSwitchScope } from '@interlock/rails';
import { IsIn, IsString, Matches, MaxLength } from 'class-validator';
import { IfGiven, IntentMember, IsEntity, TenantScoped, WholeNumber } from '@interlock/platform';

export class KillSwitchDto extends TenantScoped {
  @IsIn(killSwitchScopes) scope!: KillSwitchScope;
  @IfGiven() @IntentMember() action_type?: string;
  @IfGiven() @IntentMember() account_id?: string;
  @IfGiven() @IntentMember() agent?: string;
  @IfGiven() @IsEntity() site_id?: string;
  @IsIn([true, false]) engaged!: boolean;
  @IsString() @Matches(/\S/, { message: 'reason must say why' }) @MaxLength(2000) reason!: string;
  @IfGiven() @IsIn([true, false]) rollback_in_flight?: boolean;
  /**
   * True engages the switch to measure how long stopping takes. It stops like any other use. With
   * `engaged: false`, true releases the switch only if a drill engaged it.
   */
  @IfGiven() @IsIn([true, false]) drill?: boolean;
  /** True confirms a target that may never have appeared, so similar names are not searched. */
  @IfGiven() @IsIn([true, false]) force?: boolean;
  /**
   * The tenant, as in the header `X-Tenant-Id`. Both must be equal. The system's own tenant has no
   * switch: all tenants have the global one.
   */
  @IfGiven()
  @Matches(tenantPattern, { message: 'tenant_id must be a tenant name' })
  override tenant_id?: string;
}

export class ListKillSwitchUsesQuery extends TenantScoped {
  @IfGiven() @IsIn(['true', 'false']) drill?: 'true' | 'false';
  @IfGiven() @WholeNumber(1, maxLimit) limit?: number;
}
