/** The members of a guardrail policy's content, in the order in which events hold them. */
export const policyContentFields = [
  'name',
  'action_types',
  'conditions',
  'decision',
  'max_affected_entities',
  'min_confidence',
  'confirmation_window_s',
  'confirm_above_entities',
  'on_elapse',
] as const;
