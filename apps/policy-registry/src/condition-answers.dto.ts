import { operators, type Condition } from '@interlock/policy';
import { ApiProperty } from '@nestjs/swagger';

/** One comparison of a rule or of a policy; a list of them holds where all do. */
export class ConditionDto implements Condition {
  @ApiProperty() readonly field!: string;
  @ApiProperty({ enum: operators }) readonly op!: Condition['op'];
  @ApiProperty({ oneOf: [{ type: 'number' }, { type: 'string' }, { type: 'boolean' }] })
  readonly value!: Condition['value'];
}
