/**
 * Returns a member's name as one part of a JSON pointer (RFC 6901), as text that can be stored and
 * shown.
 */
export const pointerPart = (name: string): string =>
  name.replaceAll('~', '~0').replaceAll('/', '~1').toWellFormed().replaceAll('\0', '\u{fffd}');
