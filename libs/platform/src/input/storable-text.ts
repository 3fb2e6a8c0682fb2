import type { Violation } from '@interlock/contracts';
import { pointerPart } from '@interlock/kernel';
import { sealedBy } from '@interlock/people';

/** The members for people's texts. Their content is sealed, whatever it looks like. */
const writtenIn = ['comment', 'note', 'notes', 'reason'];
/**
 * Returns true for these members, and for the notes of a bundle in a body. A signed file has sealed
 * notes as in the log, and only routes that check its signature accept it.
 */
const isWrittenIn = (pointer: string, name: string): boolean =>
  (pointer === '' && writtenIn.includes(name)) || (pointer === '/bundle' && name === 'notes');

/**
 * Returns false for text that must not get into an event: Postgres stores no NUL, and half a
 * surrogate pair is not valid Unicode.
 */
const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

const fault = (pointer: string): Violation => ({
  pointer,
  detail: 'must be text without NUL and without half a surrogate pair',
});

/**
 * Returns the places where a JSON value has text that cannot be stored, at most `most`. The value
 * must not nest deep.
 */
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
 * Returns the places where a value has text in the form of a sealed text. In a policy or an intent,
 * such a text would be decrypted for its readers. A body's own members for people's texts may hold
 * anything. The value must not nest deep.
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

/** Returns true if a path or query contains NUL, plain or as `%00`. */
export const namesNul = (url: string): boolean => url.includes('\0') || url.includes('%00');
