import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';

import { breakingChanges } from '../docs/breaking.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const contract = JSON.parse(
  readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
) as object;

/** The path of a change in a document, and the new value; undefined removes it. */
type Change = readonly [place: readonly (string | number)[], value?: unknown];

const small = () => ({
  paths: {
    '/things/{id}': {
      put: {
        parameters: [
          { in: 'path', name: 'id', required: true, schema: { type: 'string' } },
          { in: 'query', name: 'limit', required: false, schema: { type: 'number' } },
        ],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/ThingBody' } } },
        },
        responses: {
          '200': { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
        },
      },
    },
  },
  components: {
    schemas: {
      ThingBody: {
        type: 'object',
        required: ['name'],
        properties: { name: { type: 'string' }, kind: { type: 'string', enum: ['a', 'b'] } },
      },
      Thing: {
        type: 'object',
        required: ['name', 'parts'],
        properties: {
          name: { type: 'string' },
          parts: { type: 'array', items: { $ref: '#/components/schemas/Thing' } },
        },
      },
    },
  },
});
const route = ['paths', '/things/{id}', 'put'] as const;
const body = ['components', 'schemas', 'ThingBody'] as const;
const thing = ['components', 'schemas', 'Thing'] as const;

const changed = ([place, value]: Change) => {
  const after = small();
  const holder = place
    .slice(0, -1)
    .reduce<Record<string | number, unknown>>(
      (one, member) => one[member] as Record<string | number, unknown>,
      after,
    );
  if (value === undefined) delete holder[place.at(-1)!];
  else holder[place.at(-1)!] = value;
  return breakingChanges(small(), after);
};

describe('changes of the API that break a client', () => {
  it.each<readonly [string, Change]>([
    ['PUT /things/{id}: was removed', [['paths', '/things/{id}']]],
    ['PUT /things/{id}: parameter `limit` was removed', [[...route, 'parameters', 'length'], 1]],
    ['PUT /things/{id}: parameter `limit` is now required', [[...route, 'parameters', 1, 'required'], true]],
    [
      'PUT /things/{id} limit: the type is another (number)',
      [[...route, 'parameters', 1, 'schema', 'type'], 'string'],
    ],
    [
      'PUT /things/{id} body.kind: is now required',
      [
        [...body, 'required'],
        ['name', 'kind'],
      ],
    ],
    ['PUT /things/{id} body.kind: no longer takes `b`', [[...body, 'properties', 'kind', 'enum'], ['a']]],
    ['PUT /things/{id} body.kind: was removed', [[...body, 'properties', 'kind']]],
    ['PUT /things/{id} 200.name: was removed', [[...thing, 'properties', 'name']]],
    ['PUT /things/{id} 200.name: is no longer always there', [[...thing, 'required'], ['parts']]],
    [
      'PUT /things/{id} 200.name: the type is another (null)',
      [
        [...thing, 'properties', 'name', 'type'],
        ['string', 'null'],
      ],
    ],
    ['PUT /things/{id}: no longer answers 200', [[...route, 'responses', '200']]],
  ])('%s', (words, change) => expect(changed(change)).toEqual([words]));

  it.each<readonly [string, Change]>([
    ['a new route', [['paths', '/others'], { get: { responses: {} } }]],
    [
      'a new parameter that is optional',
      [[...route, 'parameters', 2], { in: 'query', name: 'sort', schema: {} }],
    ],
    ['a new member of a body that is optional', [[...body, 'properties', 'note'], { type: 'string' }]],
    [
      'a body that accepts more',
      [
        [...body, 'properties', 'name', 'type'],
        ['string', 'null'],
      ],
    ],
    ['a new member of an answer', [[...thing, 'properties', 'size'], { type: 'number' }]],
  ])('breaks no client: %s', (_, change) => expect(changed(change)).toEqual([]));

  it('finds none in the contract since the last release', () => {
    expect(breakingChanges(contract, contract)).toEqual([]);
    const tag = spawnSync('git', ['describe', '--tags', '--abbrev=0', '--match', 'v*'], { cwd: root });
    // Before the first release nothing can break.
    if (tag.status !== 0) return;
    const released = spawnSync('git', ['show', `${String(tag.stdout).trim()}:docs/openapi.json`], {
      cwd: root,
      maxBuffer: 2 ** 28,
    });
    expect(breakingChanges(JSON.parse(String(released.stdout)), contract)).toEqual([]);
  });
});
