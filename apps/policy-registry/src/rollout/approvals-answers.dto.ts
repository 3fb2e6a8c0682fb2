import { policyDecisions, type PolicyDecision } from '@interlock/contracts';
import type { Flip } from '@interlock/policy';
import { logPosition, mapOf, nullable, streamRevision, time } from '@interlock/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class FlipDto implements Flip {
  @ApiProperty() readonly evaluation_id!: string;
  @ApiProperty({ enum: policyDecisions }) readonly from!: PolicyDecision;
  @ApiProperty(nullable({ type: String })) readonly was_rule_id!: string | null;
  @ApiProperty({ enum: policyDecisions }) readonly active!: PolicyDecision;
  @ApiProperty({ enum: policyDecisions }) readonly to!: PolicyDecision;
  @ApiProperty(nullable({ type: String })) readonly rule_id!: string | null;
}

export class FlipListDto {
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty(logPosition) readonly looked_to!: string;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
  @ApiProperty() readonly bundle_id!: string;
  @ApiProperty() readonly version!: string;
  @ApiProperty() readonly bundle_hash!: string;
  @ApiProperty(nullable({ type: String })) readonly against_hash!: string | null;
  @ApiProperty(time) readonly from!: string;
  @ApiProperty(time) readonly to!: string;
  @ApiProperty() readonly evaluations!: number;
  @ApiProperty() readonly capped!: boolean;
  @ApiProperty(mapOf({ type: 'number' })) readonly counts!: { readonly [name: string]: number };
  @ApiProperty(mapOf({ type: 'number' })) readonly counts_active!: { readonly [name: string]: number };
  @ApiProperty({ type: [FlipDto] }) readonly flips!: readonly FlipDto[];
  @ApiProperty() readonly truncated!: boolean;
  @ApiProperty() readonly flips_hash!: string;
  @ApiProperty() readonly flip_list_hash!: string;
}

export class GivenApprovalDto {
  @ApiProperty() readonly bundle_id!: string;
  @ApiProperty() readonly version!: string;
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
  @ApiProperty() readonly approval_id!: string;
  @ApiProperty() readonly bundle_hash!: string;
  @ApiProperty(nullable({ type: String })) readonly flip_list_hash!: string | null;
  @ApiProperty(nullable({ type: String })) readonly against_hash!: string | null;
  @ApiProperty() readonly approved_by!: string;
  @ApiProperty(time) readonly approved_at!: string;
  @ApiProperty() readonly note!: string;
  @ApiPropertyOptional({ type: [String] }) readonly approved_as?: readonly string[];
}
