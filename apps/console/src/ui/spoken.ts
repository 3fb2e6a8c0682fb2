/**
 * What a screen reader is told of a countdown, and when: at its opening, at 30 s, at 10 s, at its
 * end.
 */
export const spokenAt = (leftMs: number, said: ReadonlySet<string>): string | undefined => {
  const s = Math.ceil(leftMs / 1000);
  if (s <= 0) return said.has('end') ? undefined : 'end';
  if (s <= 10) return said.has('10') ? undefined : '10';
  if (s <= 30) return said.has('30') ? undefined : '30';
  return said.has('open') ? undefined : 'open';
};
