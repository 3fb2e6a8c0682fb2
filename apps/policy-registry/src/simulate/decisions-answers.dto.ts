import { listOf, logPosition, nullable, time } from '@interlock/platform';
import type { FieldColumn, RecordedColumns } from '@interlock/policy';
import { ApiProperty } from '@nestjs/swagger';
import { PolicyDto } from '../policies/policies-answers.dto.js';

/**
 * One field of all decisions: with `cells` places in `values` from 1 (0: lacking), else one value
 * for each (null: lacking).
 */
export class FieldColumnDto implements FieldColumn {
  @ApiProperty() readonly field!: string;
  @ApiProperty(listOf({ type: ['string', 'number', 'boolean', 'null'] })) readonly values!: readonly (
    string | number | boolean | null
  )[];
  @ApiProperty(nullable(listOf({ type: 'number' }))) readonly cells!: readonly number[] | null;
}

/**
 * Recorded decisions by columns, the newest first; each list but `names`, `fields` and `policies`
 * has one entry for each decision.
 */
export class RecordedDecisionsDto implements RecordedColumns {
  @ApiProperty(time) readonly from!: string;
  @ApiProperty(time) readonly to!: string;
  @ApiProperty(logPosition) readonly position!: string;
  /** There are more of them: these are the newest. */
  @ApiProperty() readonly capped!: boolean;
  @ApiProperty({ type: [String] }) readonly names!: readonly string[];
  @ApiProperty({ type: [String] }) readonly evaluation_ids!: readonly string[];
  @ApiProperty(listOf({ type: ['string', 'null'] })) readonly action_ids!: readonly (string | null)[];
  @ApiProperty({ type: [Number] }) readonly at_ms!: readonly number[];
  @ApiProperty({ type: [Number] }) readonly agents!: readonly number[];
  @ApiProperty({ type: [Number] }) readonly actions!: readonly number[];
  @ApiProperty({ type: [Number] }) readonly rules!: readonly number[];
  @ApiProperty({ type: [Number] }) readonly decisions!: readonly number[];
  @ApiProperty({ type: [FieldColumnDto] }) readonly fields!: readonly FieldColumnDto[];
  /** The guardrails that hold now: the other layer of each decision. */
  @ApiProperty({ type: [PolicyDto] }) readonly policies!: readonly PolicyDto[];
}
