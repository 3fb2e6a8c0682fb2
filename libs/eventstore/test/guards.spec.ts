import { describe, expect, it } from '@jest/globals';
import { guardAnswers } from '../src/connection/guards.js';

describe('a call with a single answer', () => {
  const thrown = new Error('Channel has been shut down');
  const grpc = guardAnswers({
    append: () => {
      throw thrown;
    },
    answer: (callback: (error: null, answer: number) => void) => callback(null, 7),
  }) as {
    readonly append: (...given: readonly unknown[]) => {
      readonly write: (message: object) => unknown;
      readonly end: () => unknown;
    };
    readonly answer: (callback: (error: unknown, answer: number) => void) => void;
  };

  it('that cannot be made, for its connection was given up, fails as a call does, and takes what is written to it', async () => {
    const warned = new Promise<unknown>((resolve) => {
      const sink = grpc.append({}, {}, resolve);
      sink.write({});
      sink.end();
    });
    expect(String(await warned)).toContain('Channel has been shut down');
  });

  it('throws where nobody waits for its answer', () => expect(() => grpc.append({})).toThrow(thrown));

  it('gets its answer', () => {
    let got: unknown;
    grpc.answer((_, answer) => {
      got = answer;
    });
    expect(got).toBe(7);
  });
});
