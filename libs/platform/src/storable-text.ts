import type { Violation } from '@interlock/contracts';
import { sealedBy } from '@interlock/people';

import { pointerPart } from './pointer.js';

/** The members in which people write; what stands there is sealed, whatever it looks like. */
const writtenIn = ['comment', 'note', 'notes', 'reason'];
/** Those, and the notes of a bundle in a body: a signed file holds them as they stand in the log, and may go only where its signature is looked at. */
const isWrittenIn = (pointer: string, name: string): boolean =>
  (pointer === '' && writtenIn.includes(name)) || (pointer === '/bundle' && name === 'notes');

/** Postgres stores no NUL, and half a surrogate pair is no Unicode: neither may come into an event. */
const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

const fault = (pointer: string): Violation => ({
  pointer,
  detail: 'must be text without NUL and without half a surrogate pair',
});

/** Where a value of JSON holds text that can not be stored; at most `most` places. The value must not nest deep. */
export const unstorableText = (value: unknown, pointer = '', most = 20): readonly Violation[] => {
  if (typeof value === 'string') return isStorable(value) ? [] : [fault(pointer)];
  if (typeof value !== 'object' || value === null) return [];
  const found: Violation[] = [];
  for (const [name, member] of Object.entries(value)) {
    const at = `${pointer}/${pointerPart(name)}`;
    if (!isStorable(name)) found.push(fault(at));
    found.push(...unstorableText(member, at, most));
    if (found.length >= most) return found.slice(0, most);
  }
  return found;
};

/**
 * Where a value holds text of the form that sealed texts have: put into a policy or an intent, it would be opened for whoever reads that.
 * A body's own members for people's texts may hold anything. The value must not nest deep.
 */
export const sealedLooking = (value: unknown, pointer = ''): readonly Violation[] => {
  if (typeof value === 'string') {
    const found = pointer === '' ? /enc:1:[0-9a-f-]{36}:/.test(value) : sealedBy(value) !== undefined;
    return found ? [{ pointer, detail: 'must not be a text that was sealed for a person' }] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    isWrittenIn(pointer, name) && typeof member === 'string'
      ? []
      : sealedLooking(member, `${pointer}/${pointerPart(name)}`),
  );
};

/** True where a path or query names NUL, plain or as `%00`. */
export const namesNul = (url: string): boolean => url.includes('\0') || url.includes('%00');
