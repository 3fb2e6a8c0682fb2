/** One fault that a validator of JSON Schema reports; an error of Ajv has these members. */
type SchemaFault = {
  readonly keyword: string;
  readonly params: { readonly [name: string]: unknown };
  readonly message?: string;
};

/** The most values of an `enum` that a fault names. */
const mostValues = 20;

/**
 * Returns a fault of a value in words that follow its pointer. The fault of an `enum` names the
 * values that are allowed, at most the first 20.
 */
export const schemaFaultText = ({ keyword, params, message }: SchemaFault): string => {
  const values = params['allowedValues'];
  if (keyword !== 'enum' || !Array.isArray(values)) return message ?? 'is not valid';
  const named = values.slice(0, mostValues).map((value) => `\`${JSON.stringify(value)}\``);
  return `must be one of ${named.join(', ')}${values.length > mostValues ? ` and ${values.length - mostValues} more` : ''}`;
};
