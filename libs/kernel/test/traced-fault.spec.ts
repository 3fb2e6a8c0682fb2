import { describe, expect, it } from '@jest/globals';
import { ProblemError, tracedFault } from '../src/index.js';

describe('what a trace says of an error', () => {
  it.each([
    [new ProblemError('not-found', 'there is no person `ann@example.org`'), 'not-found'],
    [new TypeError('invalid input syntax for type uuid: "ann@example.org"'), 'TypeError'],
    ['`ann@example.org` is gone', 'string'],
  ])('has its type, and none of the values that it quotes: %p', (error, type) => {
    const fault = tracedFault(error);
    expect(fault.type).toBe(type);
    expect(fault.message).toContain('…');
    expect(fault.message).not.toContain('ann');
  });
});
