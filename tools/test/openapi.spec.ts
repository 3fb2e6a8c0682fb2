import { readFileSync } from 'node:fs';

import { beforeAll, describe, expect, it } from '@jest/globals';

import { problemCodes, routeEffects, type ProblemCode } from '@interlock/contracts';
import { problemStatus } from '@interlock/platform';
import { DeclaredAnswers } from '@interlock/testing';

import { mergedOpenApi, openApiFile } from '../docs/openapi.mjs';

type Schema = { readonly [member: string]: unknown };
type Response = {
  readonly $ref?: string;
  readonly description?: string;
  readonly content?: {
    readonly [type: string]: { readonly schema?: Schema; readonly example?: unknown };
  };
};
type Operation = {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: object;
  readonly responses: { readonly [status: string]: Response };
  readonly 'x-effect'?: string;
};
type Document = {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components: {
    readonly schemas: { readonly [name: string]: Schema };
    readonly responses: { readonly [name: string]: Response };
  };
};

/** Routes that answer something other than JSON, with their media types. */
const others = {
  'GET /api/v1/audit/checkpoint': 'text/plain',
  'GET /api/v1/audit/events': 'application/x-ndjson',
  'GET /api/v1/audit/export': 'application/x-ndjson',
  'GET /api/v1/audit/people/{person}': 'application/x-ndjson',
  'GET /api/v1/audit/streams/{stream}': 'application/x-ndjson',
  'GET /api/v1/audit/tiles/entries/{index}': 'application/octet-stream',
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

/** The successful answers of an operation with a body: their media types and schemas. */
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

/** The schemas in answers, at any depth. */
const answered = (responses: unknown): ReadonlySet<string> => {
  const names = new Set(namesIn(responses));
  for (const name of names) for (const part of namesIn(document.components.schemas[name])) names.add(part);
  return names;
};

/** The response that a reference names, or the response itself. */
const responseOf = (response: Response): Response =>
  response.$ref === undefined ? response : document.components.responses[response.$ref.split('/').at(-1)!]!;

/** The error answers of an operation: each status with the codes in its description. */
const problemsOf = ({ responses }: Operation): { readonly [status: string]: readonly string[] } =>
  Object.fromEntries(
    Object.entries(responses)
      .filter(([status]) => !status.startsWith('2'))
      .map(([status, response]) => {
        const [, codes = ''] = /: (`.+)$/.exec(responseOf(response).description ?? '') ?? [];
        return [status, [...codes.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)];
      }),
  );

/** The routes of operations that lack a required declaration. */
const lacking = (declares: (operation: Operation) => boolean): readonly string[] =>
  operations.filter(({ operation }) => !declares(operation)).map(({ route }) => route);

describe('the table of route effects', () => {
  const writes = (): typeof operations => operations.filter(({ route }) => !route.startsWith('GET '));

  it('has a row of every operation that writes, and no other', () => {
    expect(
      writes()
        .map(({ route }) => route)
        .sort(),
    ).toEqual(Object.keys(routeEffects).sort());
  });

  it('stands in the document', () => {
    for (const { route, operation } of writes())
      expect([route, operation['x-effect']]).toEqual([route, routeEffects[route]]);
  });

  it('makes what loosens a matter of people', () => {
    const loosening = writes().filter(({ operation }) => operation['x-effect'] === 'loosens');
    expect(loosening.length).toBeGreaterThan(10);
    const described = loosening.map(({ route, operation: { responses } }) => [
      route,
      JSON.stringify(responses['403']),
    ]);
    for (const [route, forbidden] of described)
      expect([route, /person-required|PersonRequired/.test(forbidden!)]).toEqual([route, true]);
  });
});

describe('the OpenAPI document of all services', () => {
  it('declares the answers of every route', () => {
    expect(operations.length).toBeGreaterThan(100);
    const silent = operations.filter(({ operation }) => {
      const answers = answersOf(operation);
      const isEmpty = answers.length === 0 && operation.responses['204'] === undefined;
      return isEmpty || answers.some(([, schema]) => schema === undefined);
    });
    expect(silent.map(({ route }) => route)).toEqual([]);
  });

  it('declares JSON, except for the named streams and files', () => {
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

  it('has no object without described members', () => {
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

  it('has an example of every answer, which its schema accepts', () => {
    const declared = new DeclaredAnswers(document);
    const faults = operations.flatMap(({ route, operation }) =>
      Object.entries(operation.responses)
        .filter(([status]) => status.startsWith('2') && status !== '204')
        .flatMap(([status, { content = {} }]) =>
          Object.entries(content)
            .filter(([type]) => type !== 'application/octet-stream')
            .map(([type, { example }]) => {
              if (example === undefined) return `${route}: ${type} has no example`;
              const [method, path] = route.split(' ') as [string, string];
              const text = type === 'application/json' ? JSON.stringify(example) : '';
              return declared.faultOf(method, path, Number(status), type, text);
            }),
        ),
    );
    expect(faults.filter((fault) => fault !== null)).toEqual([]);
  });

  it('refers only to existing schemas', () => {
    const names = new Set(namesIn(document));
    expect([...names].filter((name) => !(name in document.components.schemas))).toEqual([]);
  });

  it('names every operation once', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  });

  it('has a summary of at most 15 words for every operation', () => {
    expect(lacking(({ summary }) => /^[A-Z][^.]*[^.\s]$/.test(summary ?? ''))).toEqual([]);
    expect(lacking(({ summary = '' }) => summary.split(' ').length <= 15)).toEqual([]);
  });

  it('gives no two operations of a service the same summary', () => {
    const summaries = operations.map(({ operation }) => `${operation.tags.join()}: ${operation.summary}`);
    expect(summaries.filter((summary, i) => summaries.indexOf(summary) !== i)).toEqual([]);
  });

  it('declares every error answer as problem details whose description names its codes', () => {
    const isProblem = ({ content = {} }: Response): boolean =>
      JSON.stringify(content['application/problem+json']?.schema) ===
        '{"$ref":"#/components/schemas/Problem"}' && Object.keys(content).length === 1;
    expect(
      lacking(({ responses }) =>
        Object.entries(responses).every(
          ([status, response]) => status.startsWith('2') || isProblem(responseOf(response)),
        ),
      ),
    ).toEqual([]);
    expect(
      lacking((operation) =>
        Object.entries(problemsOf(operation)).every(
          ([status, codes]) =>
            codes.length > 0 &&
            codes.every((code) => `${problemStatus[code as ProblemCode] as number | undefined}` === status),
        ),
      ),
    ).toEqual([]);
    expect(document.components.schemas['Problem']).toMatchObject({
      properties: { code: { enum: problemCodes } },
    });
  });

  it('declares the problems that follow from the form of an operation', () => {
    const answers = (operation: Operation, ...codes: readonly ProblemCode[]): boolean => {
      const declared = Object.values(problemsOf(operation)).flat();
      return codes.every((code) => declared.includes(code));
    };
    const has = ({ parameters = [] }: Operation, place: string, name?: string): boolean =>
      parameters.some((one) => one.in === place && (name === undefined || one.name === name));
    expect(lacking((one) => answers(one, 'rate-limited', 'internal-error', 'service-unreachable'))).toEqual(
      [],
    );
    expect(
      lacking((one) => one.security === undefined || answers(one, 'unauthenticated', 'token-expired')),
    ).toEqual([]);
    expect(
      lacking(
        (one) =>
          one.requestBody === undefined ||
          answers(one, 'malformed-json', 'payload-too-large', 'unsupported-media-type', 'validation-failed'),
      ),
    ).toEqual([]);
    expect(lacking((one) => !has(one, 'query') || answers(one, 'validation-failed'))).toEqual([]);
    expect(lacking((one) => !has(one, 'header', 'If-Match') || answers(one, 'stale-revision'))).toEqual([]);
    expect(
      lacking((one) => !has(one, 'header', 'Interlock-Min-Position') || answers(one, 'read-model-behind')),
    ).toEqual([]);
  });

  it('declares no token for the routes that need none, and no scope problem', () => {
    const open = operations.filter(({ operation }) => operation.security === undefined);
    expect(
      Object.fromEntries(open.map(({ route, operation }) => [route, Object.keys(problemsOf(operation))])),
    ).toEqual({
      'POST /api/v1/alerts/alertmanager': ['400', '401', '413', '415', '422', '429', '500', '503', '504'],
      'POST /api/v1/autonomous/kill-switch/break-glass': ['401', '422', '429', '500', '503', '504'],
    });
  });

  it('equals docs/openapi.json, which `node tools/docs.mjs` writes', () =>
    expect(openApiFile.render(document) === readFileSync(openApiFile.file, 'utf8')).toBe(true));
});
