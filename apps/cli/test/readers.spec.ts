import { describe, expect, it } from '@jest/globals';
import { readIntents } from '../src/commands/actions/intents.js';
import { json, parseJson } from '../src/readers.js';

const refusal = (of: () => unknown): unknown => {
  try {
    return of();
  } catch (error) {
    return error;
  }
};

describe('JSON that a person gives', () => {
  it('is read as it is', () => {
    expect(parseJson('{"a": [1, 0.1, 9007199254740991], "b": "1e400"}', 'it')).toEqual({
      a: [1, 0.1, 9007199254740991],
      b: '1e400',
    });
  });

  it.each([
    ['{"limit": 1, "in": {"limit": 1, "limit": 2}}', '/in/limit must be given once'],
    ['{"limit": 9007199254740993}', '/limit must be a whole number that can be held'],
    ['[1, 1e400]', '/1 must be a number that can be held'],
  ])('is refused with its place where reading it would change it: %s', (text, detail) => {
    for (const read of [() => parseJson(text, 'it'), () => json(text), () => readIntents(text)])
      expect(refusal(read)).toMatchObject({ exitCode: 2, message: expect.stringContaining(detail) });
  });

  it('is refused with every fault at once', () => {
    expect(refusal(() => parseJson('{"a": 1e400, "b": 1, "b": 2}', 'f.json'))).toMatchObject({
      message:
        'f.json is refused:\n  /a must be a number that can be held: it is too large\n  /b must be given once',
    });
  });
});
