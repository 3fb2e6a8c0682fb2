import { describe, expect, it } from '@jest/globals';
import {
  classifyError,
  needsPerson,
  NetconfAbortedError,
  NetconfCapabilityError,
  NetconfClosedError,
  NetconfConnectError,
  NetconfError,
  NetconfFramingError,
  NetconfHostKeyError,
  NetconfRpcError,
  NetconfTimeoutError,
  parseRpcError,
  parseXml,
  rpcErrorElement,
  saysNothingPending,
} from '../src/index.js';

const refused = (...tags: readonly string[]): NetconfRpcError =>
  new NetconfRpcError(tags.map((tag) => ({ type: 'protocol', tag, severity: 'error' })));

describe('the class of an error', () => {
  it.each([
    [refused('in-use'), 'retryable'],
    [refused('lock-denied'), 'retryable'],
    [refused('resource-denied', 'in-use'), 'retryable'],
    [refused('operation-failed'), 'ambiguous'],
    [refused('lock-denied', 'operation-failed'), 'ambiguous'],
    [refused('invalid-value', 'rollback-failed'), 'ambiguous'],
    [refused('partial-operation'), 'ambiguous'],
    [refused(), 'ambiguous'],
    [refused('invalid-value'), 'permanent'],
    [refused('lock-denied', 'invalid-value'), 'permanent'],
    [refused('access-denied'), 'permanent'],
    [new NetconfTimeoutError('connect', 1, false), 'retryable'],
    [new NetconfTimeoutError('rpc', 1, true), 'ambiguous'],
    [new NetconfClosedError('gone', true), 'ambiguous'],
    [new NetconfClosedError('gone', false), 'retryable'],
    [new NetconfAbortedError('stop', false), 'retryable'],
    [new NetconfFramingError('bad'), 'ambiguous'],
    [new NetconfConnectError('refused', false), 'retryable'],
    [new NetconfConnectError('login', true), 'permanent'],
    [new NetconfHostKeyError('SHA256:x', 'changed'), 'permanent'],
    [new NetconfCapabilityError('urn:x'), 'permanent'],
    [new RangeError('ours'), 'permanent'],
    ['text', 'permanent'],
  ])('%s is %s', (error, expected) => expect(classifyError(error)).toBe(expected));

  it('asks for a person only if the device could not roll back', () => {
    expect(needsPerson(refused('invalid-value', 'rollback-failed'))).toBe(true);
    expect(needsPerson(refused('operation-failed'))).toBe(false);
    expect(needsPerson(new NetconfError('rollback-failed', true))).toBe(false);
  });
});

describe('nothing pending', () => {
  const said = (more: { appTag?: string; message?: string }): boolean =>
    saysNothingPending(
      new NetconfRpcError([{ type: 'protocol', tag: 'operation-failed', severity: 'error', ...more }]),
    );

  it('is recognised by an app-tag or by words, but not without either', () => {
    expect(said({ appTag: 'no-pending-commit' })).toBe(true);
    expect(said({ message: 'No pending confirmed commit' })).toBe(true);
    expect(said({ message: 'persistent confirmed commit not active' })).toBe(true);
    expect(said({ message: 'operation failed' })).toBe(false);
    expect(said({})).toBe(false);
    expect(saysNothingPending(new Error('no pending commit'))).toBe(false);
  });
});

describe('an rpc-error', () => {
  it('quotes each error in one line', () => {
    expect(
      new NetconfRpcError([
        { type: 'a', tag: 'in-use', severity: 'error', message: 'held' },
        { type: 'a', tag: 'x', severity: 'error' },
      ]).message,
    ).toBe('in-use: held; x');
    expect(refused().message).toBe('the device refused without a reason');
  });

  it('is unchanged after a round trip through XML', () => {
    const error = {
      type: 'rpc',
      tag: 'bad-element',
      severity: 'error',
      appTag: 'too-big',
      path: '/a/b',
      message: 'a < b',
    } as const;
    expect(parseRpcError(rpcErrorElement(error))).toEqual(error);
  });

  it('is read even if a device leaves parts out', () => {
    expect(parseRpcError(parseXml('<rpc-error/>'))).toEqual({
      type: 'application',
      tag: 'operation-failed',
      severity: 'error',
    });
  });
});
