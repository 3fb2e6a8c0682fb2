import { describe, expect, it } from '@jest/globals';
import { exampleText } from '../src/example-values.js';
import { declareExamples, examplesOf } from '../src/examples.js';

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

describe('the example of a schema', () => {
  const exampleIn = examplesOf({
    Tree: {
      type: 'object',
      properties: {
        agent: { type: 'string' },
        parts: { type: 'array', items: ref('Tree') },
        parent: { anyOf: [ref('Tree'), { type: 'null' }] },
        next: { type: ['string', 'null'] },
      },
      required: ['agent', 'parts', 'parent', 'next'],
    },
  });

  it('has the required members', () => {
    expect(
      exampleIn({
        type: 'object',
        properties: { tenant_id: { type: 'string' }, more: { type: 'string' } },
        required: ['tenant_id'],
      }),
    ).toEqual({ tenant_id: 'north' });
  });

  it('ends where a schema refers to itself', () =>
    expect(exampleIn(ref('Tree'))).toEqual({ agent: 'optimiser-1', parts: [], parent: null, next: null }));

  it.each([
    ['the example of a doc comment', { type: 'string', examples: ['a', 'b'], enum: ['b', 'a'] }, 'a'],
    ['the first value of an enum', { type: 'string', enum: ['b', 'a'] }, 'b'],
    ['a value instead of null', { type: ['number', 'null'] }, 1],
    ['a number within its bounds', { type: 'integer', minimum: 3 }, 3],
    ['one item of a list', { type: 'array', items: { type: 'boolean' } }, [false]],
    ['a time', { type: 'string', format: 'date-time' }, '2026-11-26T08:30:00.000Z'],
  ])('takes %s', (_what, schema, value) => expect(exampleIn(schema)).toEqual(value));

  it('takes a text that the pattern accepts', () => {
    expect(exampleText('tenant', { pattern: '^[a-z]+$' })).toBe('north');
    expect(exampleText('tenant', { pattern: '^[0-9a-f]{64}$' })).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the examples of a document', () => {
  const answer = (content: object, status = '200') => ({ get: { responses: { [status]: { content } } } });
  const json = { schema: { type: 'number' } };

  it('are added to the answers that have none', () => {
    expect(
      declareExamples(
        {
          '/a': answer({ 'application/json': json }),
          '/b': answer({ 'application/json': { ...json, example: 7 } }),
          '/c': answer({ 'application/problem+json': json }, '404'),
          '/d': answer({ 'application/octet-stream': { schema: { type: 'string' } } }),
        },
        {},
      ),
    ).toEqual({
      '/a': answer({ 'application/json': { ...json, example: 1 } }),
      '/b': answer({ 'application/json': { ...json, example: 7 } }),
      '/c': answer({ 'application/problem+json': json }, '404'),
      '/d': answer({ 'application/octet-stream': { schema: { type: 'string' } } }),
    });
  });
});
