import { describe, expect, it } from '@jest/globals';
import { schemaFaultText } from '../src/index.js';

const ofEnum = (allowedValues: readonly unknown[]) => ({
  keyword: 'enum',
  params: { allowedValues },
  message: 'must be equal to one of the allowed values',
});

describe('the fault of a value', () => {
  it('names the values of an enum', () => {
    expect(schemaFaultText(ofEnum(['undo', 'ask', 3, null]))).toBe(
      'must be one of `"undo"`, `"ask"`, `3`, `null`',
    );
  });
  it('names the first 20 values of a long enum, and how many more there are', () => {
    const text = schemaFaultText(ofEnum(Array.from({ length: 23 }, (_, n) => n)));
    expect(text).toContain('`18`, `19` and 3 more');
    expect(text).not.toContain('`20`');
  });
  it('is the message of any other keyword', () => {
    expect(schemaFaultText({ keyword: 'maximum', params: { limit: 1 }, message: 'must be <= 1' })).toBe(
      'must be <= 1',
    );
    expect(schemaFaultText({ keyword: 'not', params: {} })).toBe('is not valid');
  });
});
