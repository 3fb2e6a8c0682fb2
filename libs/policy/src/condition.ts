/** A value that a condition can look at. */
export type Scalar = number | string | boolean;
export type FieldType = 'number' | 'string' | 'boolean';
/**
 * What an evaluation reads: declared fields by dotted path, each a value; a field that the request
 * lacks is not there.
 */
export type EvaluationContext = { readonly [field: string]: Scalar };

export const operators = ['>=', '<=', '>', '<', '==', '!='] as const;
/** All six on numbers, `==` and `!=` also on strings and booleans. */
export type Operator = (typeof operators)[number];
export type Condition = { readonly field: string; readonly op: Operator; readonly value: Scalar };

/**
 * true, false, or undefined where the field is lacking (or holds another type than declared):
 * unknown.
 */
export type Truth = boolean | undefined;
export type CompiledCondition = {
  readonly condition: Condition;
  readonly test: (context: EvaluationContext) => Truth;
};

/** Whether `value op against` holds; both are of one type, ordering only of numbers. */
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

/** Three-valued: lacking, of another type or not a number → undefined, else whether it holds. */
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

/** A condition as a closure; answers as `truthOf`. */
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

/** A conjunction: false where one is false, else undefined where one is unknown, else true. */
export const testAll = (conditions: readonly CompiledCondition[], context: EvaluationContext): Truth => {
  let result: Truth = true;
  for (const { test } of conditions) {
    const truth = test(context);
    if (truth === false) return false;
    if (truth === undefined) result = undefined;
  }
  return result;
};

/** `risk_score <= 40`, as people read it. */
export const conditionText = (condition: Condition): string =>
  `${condition.field} ${condition.op} ${JSON.stringify(condition.value)}`;

/** The fields of a conjunction that are unknown in a context, each once. */
export const unknownFieldsOf = (conditions: readonly Condition[], context: EvaluationContext): string[] => [
  ...new Set(
    conditions.filter((condition) => truthOf(condition, context) === undefined).map(({ field }) => field),
  ),
];
