import { readFileSync } from 'node:fs';

import { beforeAll, describe, expect, it } from '@jest/globals';

import { mergedOpenApi, openApiFiles } from '../docs/openapi.mjs';

type Schema = { readonly [member: string]: unknown };
type Response = { readonly content?: { readonly [type: string]: { readonly schema?: Schema } } };
type Operation = {
  readonly operationId: string;
  readonly responses: { readonly [status: string]: Response };
};
type Document = {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components: { readonly schemas: { readonly [name: string]: Schema } };
};

/** Routes that answer no JSON, and in what. */
const others = {
  'GET /api/v1/audit/checkpoint': 'text/plain',
  'GET /api/v1/audit/events': 'application/x-ndjson',
  'GET /api/v1/audit/export': 'application/x-ndjson',
  'GET /api/v1/audit/people/{person}': 'application/x-ndjson',
  'GET /api/v1/audit/streams/{stream}': 'application/x-ndjson',
  'GET /api/v1/audit/tiles/{level}/{index}': 'application/octet-stream',
  'GET /api/v1/autonomous/actions/stream': 'text/event-stream',
  'GET /api/v1/incidents/stream': 'text/event-stream',
  'GET /api/v1/live': 'text/event-stream',
  'GET /api/v1/incidents/{id}/post-mortem': 'text/markdown',
  'GET /api/v1/policy/simulate/runs/{id}/events': 'text/event-stream',
};

let document: Document;
let operations: readonly { readonly route: string; readonly operation: Operation }[];
beforeAll(async () => {
  document = (await mergedOpenApi('src')) as Document;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      route: `${method.toUpperCase()} ${path}`,
      operation,
    })),
  );
});

/** The good answers of an operation that have a body: their media types and schemas. */
const answersOf = ({ responses }: Operation): readonly (readonly [string, Schema | undefined])[] =>
  Object.entries(responses)
    .filter(([status]) => status.startsWith('2') && status !== '204')
    .flatMap(([, { content = {} }]) => {
      const types = Object.entries(content);
      return types.length === 0
        ? [['', undefined] as const]
        : types.map(([type, { schema }]) => [type, schema] as const);
    });

const namesIn = (value: unknown): readonly string[] =>
  [...JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]!);

/** The schemas that answers are made of, at any depth. */
const answered = (responses: unknown): ReadonlySet<string> => {
  const names = new Set(namesIn(responses));
  for (const name of names) for (const part of namesIn(document.components.schemas[name])) names.add(part);
  return names;
};

describe('the OpenAPI document of all services', () => {
  it('declares for every route what it answers', () => {
    expect(operations.length).toBeGreaterThan(100);
    const silent = operations.filter(({ operation }) => {
      const answers = answersOf(operation);
      const isEmpty = answers.length === 0 && operation.responses['204'] === undefined;
      return isEmpty || answers.some(([, schema]) => schema === undefined);
    });
    expect(silent.map(({ route }) => route)).toEqual([]);
  });

  it('declares JSON, but for the streams and files that are named', () => {
    expect(
      Object.fromEntries(
        operations.flatMap(({ route, operation }) =>
          answersOf(operation)
            .filter(([type]) => type !== 'application/json')
            .map(([type]) => [route, type]),
        ),
      ),
    ).toEqual(others);
  });

  it('has no object that says nothing of its members', () => {
    const bare = (value: unknown, at: string): readonly string[] => {
      if (typeof value !== 'object' || value === null) return [];
      const { type, properties, additionalProperties } = value as Schema;
      const says = type !== 'object' || properties !== undefined || additionalProperties !== undefined;
      return [
        ...(says ? [] : [at]),
        ...Object.entries(value).flatMap(([name, member]) => bare(member, `${at}/${name}`)),
      ];
    };
    const { schemas } = document.components;
    const found = operations.flatMap(({ route, operation }) =>
      answersOf(operation).flatMap(([, schema]) => bare(schema, route)),
    );
    for (const name of answered(operations.map(({ operation }) => operation.responses)))
      found.push(...bare(schemas[name], name));
    expect(found).toEqual([]);
  });

  it('refers only to schemas that are there', () => {
    const names = new Set(namesIn(document));
    expect([...names].filter((name) => !(name in document.components.schemas))).toEqual([]);
  });

  it('names every operation once', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  });

  it.each(openApiFiles.map((one) => [one.name, one] as const))(
    '%s is what `node tools/docs.mjs` writes',
    async (_, { file, render }) => {
      expect((await render(document)) === readFileSync(file, 'utf8')).toBe(true);
    },
  );
});
