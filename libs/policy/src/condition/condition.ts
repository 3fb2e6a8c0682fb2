/** A value that a condition can compare. */
export type Scalar = number | string | boolean;
export type FieldType = 'number' | 'string' | 'boolean';
/**
 * The input of an evaluation: declared fields by dotted path, each with a value. Fields that the
 * request lacks are absent.
 */
export type EvaluationContext = { readonly [field: string]: Scalar };

export const operators = ['>=', '<=', '>', '<', '==', '!='] as const;
/** A comparison. Numbers support all six; strings and booleans only `==` and `!=`. */
export type Operator = (typeof operators)[number];
export type Condition = { readonly field: string; readonly op: Operator; readonly value: Scalar };

/**
 * true, false, or undefined (unknown) if the field is missing or has another type than declared.
 */
export type Truth = boolean | undefined;
export type CompiledCondition = {
  readonly condition: Condition;
  readonly test: (context: EvaluationContext) => Truth;
};

/**
 * Returns whether `value op against` holds. Both have the same type, and only numbers are ordered.
 */
export const holds = (value: Scalar, op: Operator, against: Scalar): boolean => {
  switch (op) {
    case '>=':
      return value >= against;
    case '<=':
      return value <= against;
    case '>':
      return value > against;
    case '<':
      return value < against;
    case '==':
      return value === against;
    case '!=':
      return value !== against;
  }
};

/**
 * Returns a three-valued truth: undefined if the field is missing, has another type or is not a
 * number; else whether the condition holds.
 */
export const truthOf = (condition: Condition, context: EvaluationContext): Truth => {
  const value = context[condition.field];
  if (typeof value !== typeof condition.value || Number.isNaN(value)) return undefined;
  return holds(value as Scalar, condition.op, condition.value);
};

const comparison = (op: Operator, against: Scalar): ((value: Scalar) => boolean) => {
  switch (op) {
    case '>=':
      return (value) => value >= against;
    case '<=':
      return (value) => value <= against;
    case '>':
      return (value) => value > against;
    case '<':
      return (value) => value < against;
    case '==':
      return (value) => value === against;
    case '!=':
      return (value) => value !== against;
  }
};

/** Compiles a condition to a closure with the result of `truthOf`. */
export const compileCondition = (condition: Condition): CompiledCondition => {
  const { field, op, value: against } = condition;
  const compare = comparison(op, against);
  const type = typeof against;
  return {
    condition,
    test: (context) => {
      const value = context[field];
      if (typeof value !== type || value !== value) return undefined;
      return compare(value as Scalar);
    },
  };
};

/**
 * Returns the truth of a conjunction: false if one condition is false, else undefined if one is
 * unknown, else true.
 */
export const testAll = (conditions: readonly CompiledCondition[], context: EvaluationContext): Truth => {
  let result: Truth = true;
  for (const { test } of conditions) {
    const truth = test(context);
    if (truth === false) return false;
    if (truth === undefined) result = undefined;
  }
  return result;
};

/** Returns the form that people read, such as `risk_score <= 40`. */
export const conditionText = (condition: Condition): string =>
  `${condition.field} ${condition.op} ${JSON.stringify(condition.value)}`;

/** Returns the fields of a conjunction that are unknown in a context, each once. */
export const unknownFieldsOf = (conditions: readonly Condition[], context: EvaluationContext): string[] => [
  ...new Set(
    conditions.filter((condition) => truthOf(condition, context) === undefined).map(({ field }) => field),
  ),
];
