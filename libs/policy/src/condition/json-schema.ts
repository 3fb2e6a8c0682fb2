import { cutText } from '@interlock/kernel';
import type { Violation } from '@interlock/contracts';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

/** The part of JSON Schema Draft 7 that Interlock's own schemas use. */
export type Schema = {
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: SchemaType | readonly SchemaType[];
  readonly enum?: readonly (string | number | boolean)[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly items?: Schema;
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly if?: Schema;
  readonly then?: Schema;
  readonly default?: unknown;
};
type SchemaType = 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';

const ajv = new Ajv({
  // The schemas are constants, and their type limits their content. Compiling the meta-schema would
  // take longer than compiling most of them.
  validateSchema: false,
  allErrors: true,
  verbose: true,
  strict: true,
  strictTypes: false,
  strictRequired: false,
  validateFormats: false,
  ownProperties: true,
});
// Ajv's own keyword compares all pairs, or only items of the right type. This one takes one pass
// over all items.
ajv.removeKeyword('uniqueItems');
ajv.addKeyword({
  keyword: 'uniqueItems',
  type: 'array',
  schemaType: 'boolean',
  validate: (unique: boolean, items: readonly unknown[]) =>
    !unique || new Set(items.map((item) => JSON.stringify(item))).size === items.length,
});
/**
 * The compiled schemas, each compiled once. Its `$id` is left out, because Ajv accepts an id only
 * once.
 */
const compiled = new WeakMap<Schema, ValidateFunction>();
const validatorOf = (schema: Schema): ValidateFunction => {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const { $id: _, ...rest } = schema;
  const validate = ajv.compile(rest);
  compiled.set(schema, validate);
  return validate;
};

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
const named = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');
const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${cutText(text, 60)}…` : text;
};

/** The code and the sentence of a fault, by the keyword of the schema. */
const faults: { readonly [keyword: string]: (error: ErrorObject) => readonly [string, string] } = {
  type: ({ schema, data }) => ['type', `must be ${[schema].flat().join(' or ')}, is \`${shown(data)}\``],
  enum: ({ schema, data }) => [
    'enum',
    `must be one of ${(schema as readonly unknown[]).join(', ')}, is \`${shown(data)}\``,
  ],
  minLength: ({ schema }) => ['min-length', `must have at least ${schema} characters`],
  maxLength: ({ schema }) => ['max-length', `must have at most ${schema} characters`],
  pattern: ({ schema, data }) => ['pattern', `\`${shown(data)}\` does not match ${schema}`],
  minimum: ({ schema, data }) => ['minimum', `must be at least ${schema}, is \`${data}\``],
  maximum: ({ schema, data }) => ['maximum', `must be at most ${schema}, is \`${data}\``],
  minItems: ({ schema }) => ['min-items', `must have at least ${schema} items`],
  maxItems: ({ schema }) => ['max-items', `must have at most ${schema} items`],
  uniqueItems: () => ['unique-items', 'must not hold an item twice'],
  required: () => ['required', 'is required'],
  additionalProperties: ({ params }) => [
    'additional',
    `member \`${shown(params['additionalProperty'])}\` is not known`,
  ],
};
const ranks = Object.keys(faults);

const memberOf = ({ params }: ErrorObject): string | undefined =>
  (params['missingProperty'] ?? params['additionalProperty']) as string | undefined;

/**
 * Returns the sort key of a fault. First come the faults of a value itself, then those of its
 * members in order, then those of the schema's conditions. `schemaPath` shows the path through the
 * schema.
 */
const orderOf = (
  error: ErrorObject,
  value: unknown,
  placeOf: (object: object, name: string) => number,
): readonly number[] => {
  const order: number[] = [];
  const steps = error.instancePath.split('/').slice(1).map(named);
  let at = value;
  const descend = (step: string): void => {
    order.push(50, Array.isArray(at) ? Number(step) : placeOf(at as object, step));
    at = (at as { readonly [name: string]: unknown })[step];
  };
  const path = error.schemaPath.split('/').slice(1);
  for (let i = 0; i < path.length - 1; i += 1) {
    if (path[i] === 'then') order.push(100);
    else {
      descend(steps.shift()!);
      if (path[i] === 'properties') i += 1;
    }
  }
  if (error.keyword === 'additionalProperties') descend(memberOf(error)!);
  else order.push(ranks.indexOf(error.keyword));
  return order;
};
/** The index of a member in its object; each object's members are numbered once. */
const placesOfMembers = (): ((object: object, name: string) => number) => {
  const known = new Map<object, ReadonlyMap<string, number>>();
  return (object, name) => {
    const places = known.get(object) ?? new Map(Object.keys(object).map((one, i) => [one, i]));
    known.set(object, places);
    return places.get(name) ?? -1;
  };
};
const compare = (a: readonly number[], b: readonly number[]): number => {
  const at = a.findIndex((one, i) => one !== b[i]);
  return at === -1 ? 0 : a[at]! - (b[at] ?? -1);
};

/**
 * Returns every fault of a value against a schema, each with its JSON pointer; empty if the value
 * is valid. A value of a wrong type is not checked further.
 */
export const schemaViolations = (schema: Schema, value: unknown, pointer = ''): Violation[] => {
  const validate = validatorOf(schema);
  if (validate(value)) return [];
  const errors = (validate.errors ?? []).filter(
    (error) =>
      error.keyword !== 'if' &&
      (error.keyword !== 'additionalProperties' ||
        (error.data as { readonly [name: string]: unknown })[memberOf(error)!] !== undefined),
  );
  const placeOf = placesOfMembers();
  const ordered = errors.map((error) => ({ error, order: orderOf(error, value, placeOf) }));
  const wrongTypes = new Set(
    ordered.filter(({ error }) => error.keyword === 'type').map(({ order }) => order.slice(0, -1).join()),
  );
  return ordered
    .filter(
      ({ error, order }) =>
        !order.some(
          (_, depth) =>
            !(error.keyword === 'type' && depth === order.length - 1) &&
            wrongTypes.has(order.slice(0, depth).join()),
        ),
    )
    .toSorted((a, b) => compare(a.order, b.order))
    .map(({ error }) => {
      const [code, detail] = faults[error.keyword]!(error);
      const member = memberOf(error);
      return {
        pointer: `${pointer}${error.instancePath}${member === undefined ? '' : `/${escaped(member)}`}`,
        detail,
        code,
      };
    });
};
