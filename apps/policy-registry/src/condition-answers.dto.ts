import type { Condition } from '@interlock/policy';

/** One comparison of a rule or of a policy; a list of them holds where all do. */
export type ConditionDto = {
  readonly field: string;
  readonly op: Condition['op'];
  readonly value: Condition['value'];
};
