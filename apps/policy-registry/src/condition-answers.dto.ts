import type { Condition } from '@interlock/policy';

/** One comparison of a rule or policy. A list of conditions holds if all of them hold. */
export type ConditionDto = {
  readonly field: string;
  readonly op: Condition['op'];
  readonly value: Condition['value'];
};
