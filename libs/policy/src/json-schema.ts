import type { Violation } from '@interlock/contracts';

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

const typeOf = (value: unknown): SchemaType | 'none' => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'object' ||
    type === 'string' ||
    type === 'boolean' ||
    (type === 'number' && Number.isFinite(value))
    ? type
    : 'none';
};
const isOfType = (value: unknown, type: SchemaType): boolean =>
  type === 'integer' ? Number.isInteger(value) : typeOf(value) === type;

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
};
const length = (text: string): number => [...text].length;

/** Every fault of a value against a schema, each with its JSON pointer; none where it fits. */
export const schemaViolations = (schema: Schema, value: unknown, pointer = ''): Violation[] => {
  const faults: Violation[] = [];
  const fault = (detail: string, code: string, at = pointer): void => {
    faults.push({ pointer: at, detail, code });
  };
  if (schema.type !== undefined) {
    const types = typeof schema.type === 'string' ? [schema.type] : schema.type;
    if (!types.some((type) => isOfType(value, type))) {
      fault(`must be ${types.join(' or ')}, is \`${shown(value)}\``, 'type');
      return faults;
    }
  }
  if (schema.enum !== undefined && !schema.enum.some((allowed) => allowed === value))
    fault(`must be one of ${schema.enum.join(', ')}, is \`${shown(value)}\``, 'enum');
  if (typeof value === 'string') textFaults(schema, value, fault);
  if (typeof value === 'number') {
    if (schema.minimum !== undefined && value < schema.minimum)
      fault(`must be at least ${schema.minimum}, is \`${value}\``, 'minimum');
    if (schema.maximum !== undefined && value > schema.maximum)
      fault(`must be at most ${schema.maximum}, is \`${value}\``, 'maximum');
  }
  if (Array.isArray(value)) faults.push(...listFaults(schema, value, pointer));
  else if (typeof value === 'object' && value !== null)
    faults.push(...memberFaults(schema, value as { readonly [name: string]: unknown }, pointer));
  if (
    schema.if !== undefined &&
    schema.then !== undefined &&
    schemaViolations(schema.if, value, pointer).length === 0
  )
    faults.push(...schemaViolations(schema.then, value, pointer));
  return faults;
};

const textFaults = (schema: Schema, value: string, fault: (detail: string, code: string) => void): void => {
  if (schema.minLength !== undefined && length(value) < schema.minLength)
    fault(`must have at least ${schema.minLength} characters`, 'min-length');
  if (schema.maxLength !== undefined && length(value) > schema.maxLength)
    fault(`must have at most ${schema.maxLength} characters`, 'max-length');
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value))
    fault(`\`${shown(value)}\` does not match ${schema.pattern}`, 'pattern');
};

const listFaults = (schema: Schema, value: readonly unknown[], pointer: string): Violation[] => {
  const faults: Violation[] = [];
  if (schema.minItems !== undefined && value.length < schema.minItems)
    faults.push({ pointer, detail: `must have at least ${schema.minItems} items`, code: 'min-items' });
  if (schema.maxItems !== undefined && value.length > schema.maxItems)
    faults.push({ pointer, detail: `must have at most ${schema.maxItems} items`, code: 'max-items' });
  if (schema.uniqueItems === true && new Set(value.map((item) => JSON.stringify(item))).size < value.length)
    faults.push({ pointer, detail: 'must not hold an item twice', code: 'unique-items' });
  const { items } = schema;
  return items === undefined
    ? faults
    : [...faults, ...value.flatMap((item, i) => schemaViolations(items, item, `${pointer}/${i}`))];
};

const memberFaults = (
  schema: Schema,
  value: { readonly [name: string]: unknown },
  pointer: string,
): Violation[] => {
  const faults: Violation[] = [];
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name) || value[name] === undefined)
      faults.push({ pointer: `${pointer}/${escaped(name)}`, detail: 'is required', code: 'required' });
  }
  const properties = schema.properties ?? {};
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (property !== undefined)
      faults.push(...schemaViolations(property, member, `${pointer}/${escaped(name)}`));
    else if (schema.additionalProperties === false)
      faults.push({
        pointer: `${pointer}/${escaped(name)}`,
        detail: `member \`${shown(name)}\` is not known`,
        code: 'additional',
      });
  }
  return faults;
};
