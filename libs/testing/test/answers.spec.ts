import { describe, expect, it } from '@jest/globals';

import { DeclaredAnswers } from '../src/fixtures/answers.js';

const declared = new DeclaredAnswers({
  paths: {
    '/api/v1/things/{id}': {
      get: {
        responses: {
          '200': {
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } },
          },
        },
      },
    },
    '/api/v1/things/all': {
      get: {
        responses: {
          '200': { content: { 'application/x-ndjson': { schema: { type: 'string' } } } },
        },
      },
    },
  },
  components: {
    schemas: {
      Thing: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          at: { type: 'string', format: 'date-time' },
          data: { type: 'object', additionalProperties: true },
          part: { anyOf: [{ $ref: '#/components/schemas/Part' }, { type: 'null' }] },
        },
        required: ['id', 'at'],
      },
      Part: { type: 'object', properties: { n: { type: 'number' } } },
    },
  },
});
const json = 'application/json';
const thing = { id: 'a', at: '2026-01-28T10:00:00.000Z' };
const faultOf = (body: object, status = 200): string | null =>
  declared.faultOf('GET', '/api/v1/things/a', status, json, JSON.stringify(body));

describe('answers against what is declared', () => {
  it('are accepted as declared', () => {
    expect(faultOf(thing)).toBeNull();
    expect(faultOf({ ...thing, data: { anything: 1 }, part: null })).toBeNull();
    expect(faultOf({ ...thing, part: { n: 1 } })).toBeNull();
  });

  it.each([
    ['a member is missing', { id: 'a' }, "required property 'at'"],
    ['a member is not declared', { ...thing, more: 1 }, '"additionalProperty":"more"'],
    ['a member of a part is not declared', { ...thing, part: { n: 1, m: 2 } }, '"additionalProperty":"m"'],
    ['a time is none', { ...thing, at: 'yesterday' }, 'format "date-time"'],
    ['a type is another', { ...thing, id: 1 }, '/id must be string'],
  ])('are refused if %s', (_, body, fault) => expect(faultOf(body)).toContain(fault));

  it('are refused if the status or media type is not declared', () => {
    expect(faultOf(thing, 201)).toContain('answered 201, which is not declared');
    expect(declared.faultOf('GET', '/api/v1/things/all', 200, json, '{}')).toContain('in `application/json`');
  });

  it('are not checked if the document does not know them, or they are not JSON', () => {
    expect(declared.faultOf('GET', '/api/v1/others', 200, json, '{}')).toBeNull();
    expect(declared.faultOf('GET', '/api/v1/things/all', 200, 'application/x-ndjson', '')).toBeNull();
  });
});
