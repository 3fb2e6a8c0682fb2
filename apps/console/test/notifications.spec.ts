import { describe, expect, it } from '@jest/globals';
import { isChangeRequest } from '../src/state/change.js';
import { dismiss, notifications, notify } from '../src/state/notifications.js';

describe('notifications', () => {
  it('are the last three results, each until it is dismissed', () => {
    for (const text of ['one', 'two', 'three', 'four']) notify(text);
    expect(notifications.get().map(({ text }) => text)).toEqual(['two', 'three', 'four']);
    dismiss(notifications.get()[1]!.id);
    expect(notifications.get().map(({ text }) => text)).toEqual(['two', 'four']);
  });

  it('tell the same result twice as two results', () => {
    notify('Id copied.');
    notify('Id copied.');
    const [before, last] = notifications.get().slice(-2);
    expect(before?.text).toBe(last?.text);
    expect(before?.id).not.toBe(last?.id);
  });
});

describe('the response to a write', () => {
  it('is a change request only if it names one', () => {
    expect(isChangeRequest({ change_id: 'c1' })).toBe(true);
    expect(isChangeRequest({ change_id: null })).toBe(false);
    expect(isChangeRequest({ mode: 'DISABLED' })).toBe(false);
    expect(isChangeRequest(undefined)).toBe(false);
  });
});
