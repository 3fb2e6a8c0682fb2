import type { JsonObject, Scope } from '@interlock/contracts';
import {
  changeStatuses,
  longestBreakGlassSeconds,
  type ChangeStatus,
  type RequiredPeople,
} from '@interlock/kernel';
import {
  IfGiven,
  PageQuery,
  TenantScoped,
  type LoosenedDto,
  type PageOf,
  type Time,
  type Uuid,
  type WrittenDto,
} from '@interlock/platform';
import { IsIn, IsInt, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

export class ListChangesQuery extends PageQuery {
  @IfGiven() @IsIn(changeStatuses) status?: ChangeStatus;
}

export class ChangePath {
  @Matches(/^[0-9a-f-]{36}$/, { message: 'id must be the id of a change request' }) id!: string;
}

export class ApproveChangeDto extends TenantScoped {
  /** The digest that the change request shows. */
  @Matches(/^[0-9a-f]{64}$/, { message: 'digest must be 64 hexadecimal digits' }) digest!: string;
}

export class BreakGlassOfChangeDto extends TenantScoped {
  /** The digest that the change request shows. */
  @Matches(/^[0-9a-f]{64}$/, { message: 'digest must be 64 hexadecimal digits' }) digest!: string;
  /** Why it cannot wait for another person. */
  @IsString() @Matches(/\S/, { message: 'reason must say why' }) @MaxLength(2000) reason!: string;
  /** Seconds after which the previous setting is in force again. */
  @IsInt() @Min(60) @Max(longestBreakGlassSeconds) seconds!: number;
}

export class RejectChangeDto extends TenantScoped {
  @IsString() @Matches(/\S/, { message: 'reason must say why' }) @MaxLength(2000) reason!: string;
}

export class RequiredPeopleRequest extends TenantScoped {
  /**
   * 1: the requester confirms the digest. 2 or 3: that many people must support a change, including
   * the requester.
   */
  @IsIn([1, 2, 3]) required_people!: RequiredPeople;
  @IsString() @Matches(/\S/, { message: 'reason must say why' }) @MaxLength(2000) reason!: string;
}

export type ChangeDto = {
  readonly change_id: Uuid;
  readonly tenant_id: string;
  readonly status: ChangeStatus;
  /** The stream of the setting. */
  readonly setting: string;
  /** The revision of the stream that the change is based on. `-1`: the stream is empty. */
  readonly revision: string;
  /** The command that the owner of the setting carries out after the approval. */
  readonly command: JsonObject;
  readonly loosened: readonly LoosenedDto[];
  /**
   * The scope of the setting. A person needs this scope, or `AUTONOMOUS_APPROVE`, to approve the
   * change.
   */
  readonly scope: Scope;
  readonly digest: string;
  /** `person:<person_id>` or `service:<name>`. */
  readonly requester: string;
  readonly why: string | null;
  readonly required_people: RequiredPeople;
  /** The people who support the change. */
  readonly approved_by: readonly string[];
  /** True if one person alone supports it, or one is enough. */
  readonly solo: boolean;
  readonly requested_at: Time;
  readonly expires_at: Time;
  /** True if one person may break the glass, because the previous setting can be restored. */
  readonly can_break_glass: boolean;
  /** Null unless one person broke the glass. */
  readonly break_glass: BrokenGlassDto | null;
};

type BrokenGlassDto = {
  readonly reason: string;
  /** The time from which the previous setting is in force again. */
  readonly until: Time;
};

export type ChangePageDto = PageOf<ChangeDto> & {
  readonly server_time: Time;
};

export type RequiredPeopleDto = {
  readonly tenant_id: string;
  /** The number in force. */
  readonly required_people: RequiredPeople;
  /**
   * The source of the number. `tenant`: the setting of the tenant. `founder`: a founder who is
   * alone, for whom one person is enough. `system`: the setting of `_system`. `default`: nobody has
   * set one.
   */
  readonly from: 'tenant' | 'founder' | 'system' | 'default';
};

export type WrittenRequiredPeopleDto = WrittenDto & { readonly required_people: RequiredPeople };
