import { describe, expect, it } from '@jest/globals';
import {
  AccessDeniedError,
  DeadlineExceededError,
  MaxAppendSizeExceededError,
  StreamDeletedError,
  UnavailableError,
  UnknownError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { ProblemError } from '@interlock/kernel';
import {
  brokeTheCall,
  definiteRefusal,
  outcomeUnknown,
  readProblem,
  wrongVersion,
} from '../src/connection/errors.js';

/** As the client makes it of a gRPC status: with its code. */
const withStatus = <E extends Error>(error: E, code: number): E => Object.assign(error, { code });

describe('errors of an append', () => {
  it('are definite only as answers to that append', () => {
    expect(definiteRefusal(StreamDeletedError.fromStreamName('a'), 'a')).toMatchObject({
      code: 'unknown-stream',
    });
    expect(definiteRefusal(MaxAppendSizeExceededError.fromMaxAppendSize(1024), 'a')).toMatchObject({
      code: 'payload-too-large',
      detail: expect.stringContaining('1024'),
    });
    expect(definiteRefusal(new AccessDeniedError(), 'a')).toMatchObject({
      code: 'log-unavailable',
      remedy: expect.stringContaining('password'),
    });
    for (const unknown of [
      new UnknownError(),
      new DeadlineExceededError(),
      new UnavailableError(),
      new Error('socket'),
      undefined,
    ])
      expect(definiteRefusal(unknown, 'a')).toBeUndefined();
    expect(definiteRefusal(withStatus(new AccessDeniedError(), 7), 'a')).toBeUndefined();
  });

  it('tell whether the whole call broke', () => {
    expect(brokeTheCall(withStatus(new UnavailableError(), 14))).toBe(true);
    expect(brokeTheCall(new Error('channel closed'))).toBe(true);
    expect(brokeTheCall(new UnknownError())).toBe(false);
  });

  it('are a lost race only where the server says so', () => {
    const lost = new WrongExpectedVersionError(
      undefined as never,
      { streamName: 'a', expected: 1n, current: 4n } as never,
    );
    expect(wrongVersion(lost)?.actualVersion).toBe(4n);
    expect(wrongVersion(new UnknownError())).toBeUndefined();
  });

  it('name the clocks where the server says at once that the time of an append was over', () => {
    for (const [afterMs, deadlineMs] of [
      [12, 5000],
      [999, 5000],
      [299, 600],
    ] as const) {
      const skew = outcomeUnknown('a', deadlineMs, new DeadlineExceededError(), afterMs);
      expect(skew).toMatchObject({
        code: 'append-outcome-unknown',
        detail: expect.stringContaining(`after ${afterMs} ms that it was too late`),
        remedy: expect.stringContaining('clocks'),
      });
    }
  });

  it('do not name the clocks where it said so later: it was slow, or dropped the repeat of what it had not indexed', () => {
    for (const [afterMs, deadlineMs] of [
      [2030, 5000],
      [1000, 5000],
      [300, 600],
      [undefined, 5000],
    ] as const) {
      const late = outcomeUnknown('a', deadlineMs, new DeadlineExceededError(), afterMs);
      expect(late).toMatchObject({
        code: 'append-outcome-unknown',
        detail: expect.stringContaining('not indexed'),
        remedy: 'repeat the command with the same id',
      });
      expect(`${late.detail} ${late.remedy}`).not.toContain('clock');
    }
  });

  it('do not name the clocks where the call itself ended, or something else happened', () => {
    expect(outcomeUnknown('a', 5000, withStatus(new DeadlineExceededError(), 4), 12).detail).not.toContain(
      'clock',
    );
    expect(outcomeUnknown('a', 5000, new Error('socket'), 12).detail).toContain('5000 ms: socket');
  });
});

describe('errors of a read', () => {
  it('stay what they are where they are problems, and are unavailability else', () => {
    const problem = new ProblemError('not-current', 'x');
    expect(readProblem(problem, 'a read')).toBe(problem);
    expect(readProblem(StreamDeletedError.fromStreamName('a'), 'a read')).toMatchObject({
      code: 'unknown-stream',
      detail: 'stream `a` was deleted for good',
    });
    expect(readProblem(withStatus(new AccessDeniedError(), 7), 'a read')).toMatchObject({
      code: 'log-unavailable',
      detail: 'a read was refused by the log',
    });
    expect(readProblem(withStatus(new UnknownError(), 15), 'a read')).toMatchObject({
      code: 'log-damaged',
      remedy: expect.stringContaining('restore'),
    });
    expect(readProblem(new Error('socket'), 'a read')).toMatchObject({
      code: 'log-unavailable',
      detail: 'a read failed: socket',
      remedy: expect.stringContaining('running'),
    });
  });
});
