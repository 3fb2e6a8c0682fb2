import { exampleNumber, exampleOfMedia, exampleText } from './example-values.js';

type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly examples?: readonly unknown[];
  readonly example?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
};
type Schemas = { readonly [name: string]: unknown };
type Media = { readonly schema?: Schema; readonly example?: unknown };
type Operation = {
  readonly responses?: {
    readonly [status: string]: { readonly content?: { readonly [type: string]: Media } };
  };
};

const nameOf = ($ref: string): string => $ref.split('/').at(-1)!;

/**
 * Returns a function that makes examples of schemas, which may refer to the named schemas of their
 * document. An example has the required members with sample values. An object that may be null is
 * null. A list has one item, or none if its schema refers to itself.
 */
export const examplesOf = (schemas: Schemas): ((schema: Schema) => unknown) => {
  const example = (schema: Schema, name: string, open: readonly string[]): unknown => {
    if (schema.$ref !== undefined) {
      const next = nameOf(schema.$ref);
      return example(schemas[next] as Schema, name, [...open, next]);
    }
    if (schema.examples !== undefined) return schema.examples[0];
    if (schema.example !== undefined) return schema.example;
    if (schema.const !== undefined) return schema.const;
    if (schema.enum !== undefined) return schema.enum[0];
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices !== undefined)
      return choices.some(({ type }) => type === 'null') ? null : example(choices[0]!, name, open);
    const types = [schema.type ?? []].flat();
    if (types.includes('null') && (types.includes('object') || name === 'next')) return null;
    if (types.includes('object')) return objectOf(schema, open);
    if (types.includes('array')) return listOf(schema, name, open);
    if (types.includes('string')) return exampleText(name, schema);
    if (types.includes('number') || types.includes('integer')) return exampleNumber(name, schema);
    return types.includes('null') ? null : types.includes('boolean') ? false : {};
  };

  const objectOf = (schema: Schema, open: readonly string[]): object => {
    const members = (schema.required ?? []).map((member) => [
      member,
      example(schema.properties?.[member] ?? {}, member, open),
    ]);
    return Object.fromEntries(members) as object;
  };

  const listOf = ({ items = {} }: Schema, name: string, open: readonly string[]): readonly unknown[] =>
    items.$ref !== undefined && open.includes(nameOf(items.$ref)) ? [] : [example(items, name, open)];

  return (schema) => example(schema, '', []);
};

/** Adds an example to each successful answer of a document that has a body and no example. */
export const declareExamples = (
  paths: { readonly [path: string]: object },
  schemas: Schemas,
): { readonly [path: string]: object } => {
  const exampleIn = examplesOf(schemas);
  const withExample = (type: string, media: Media): Media => {
    if (media.example !== undefined || media.schema === undefined) return media;
    if (type === 'application/json') return { ...media, example: exampleIn(media.schema) };
    const text = exampleOfMedia[type];
    return text === undefined ? media : { ...media, example: text };
  };
  const mapped = <T, U>(record: { readonly [name: string]: T }, change: (name: string, value: T) => U) =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(name, value)]));
  return mapped(paths, (_path, item) =>
    mapped(item as { readonly [method: string]: Operation }, (_method, operation) =>
      operation.responses === undefined
        ? operation
        : {
            ...operation,
            responses: mapped(operation.responses, (status, response) =>
              status.startsWith('2') && response.content !== undefined
                ? { ...response, content: mapped(response.content, withExample) }
                : response,
            ),
          },
    ),
  );
};
