/** One parameter of an action type, as a field of a form. */
export type Field = {
  readonly name: string;
  readonly kind: 'number' | 'text' | 'choice' | 'flag' | 'json';
  readonly required: boolean;
  readonly choices: readonly string[];
  readonly hint: string;
};

type Json = { readonly [name: string]: unknown };
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const kindOf = (schema: Json): Field['kind'] => {
  if (Array.isArray(schema['enum'])) return 'choice';
  switch (schema['type']) {
    case 'number':
    case 'integer':
      return 'number';
    case 'string':
      return 'text';
    case 'boolean':
      return 'flag';
    default:
      return 'json';
  }
};

const hintOf = ({ minimum, maximum, description }: Json): string =>
  [
    typeof minimum === 'number' || typeof maximum === 'number'
      ? `${typeof minimum === 'number' ? minimum : '…'} – ${typeof maximum === 'number' ? maximum : '…'}`
      : '',
    typeof description === 'string' ? description : '',
  ]
    .filter((part) => part !== '')
    .join(', ');

/**
 * Returns the form fields for a JSON Schema of parameters. A parameter without a simple form
 * becomes a JSON field. Pure.
 */
export const fieldsOf = (schema: unknown): readonly Field[] => {
  const properties = isObject(schema) && isObject(schema['properties']) ? schema['properties'] : {};
  const required: unknown = isObject(schema) ? schema['required'] : undefined;
  return Object.entries(properties).flatMap(([name, each]) =>
    isObject(each)
      ? [
          {
            name,
            kind: kindOf(each),
            required: Array.isArray(required) && required.includes(name),
            choices: Array.isArray(each['enum']) ? each['enum'].map(String) : [],
            hint: hintOf(each),
          },
        ]
      : [],
  );
};

export type Read =
  | { readonly parameters: Json; readonly faults: readonly [] }
  | { readonly parameters: null; readonly faults: readonly string[] };

/**
 * Reads the parameters from a form, or names every field that is invalid. An empty optional field
 * is left out.
 */
export const readFields = (fields: readonly Field[], values: { readonly [name: string]: string }): Read => {
  const faults: string[] = [];
  const parameters: { [name: string]: unknown } = {};
  for (const { name, kind, required } of fields) {
    const text = values[name]?.trim() ?? '';
    if (text === '') {
      if (required) faults.push(`${name} is missing`);
      continue;
    }
    if (kind === 'number') {
      const number = Number(text);
      if (Number.isFinite(number)) parameters[name] = number;
      else faults.push(`${name} is not a number`);
    } else if (kind === 'flag') parameters[name] = text === 'true';
    else if (kind === 'json')
      try {
        parameters[name] = JSON.parse(text) as unknown;
      } catch {
        faults.push(`${name} is not valid JSON`);
      }
    else parameters[name] = text;
  }
  return faults.length > 0 ? { parameters: null, faults } : { parameters, faults: [] };
};
