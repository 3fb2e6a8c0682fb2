/**
 * Returns which announcement of a countdown a screen reader gets now: at its start, at 30 s, at 10
 * s and at its end. Returns undefined if there is nothing new.
 */
export const announcementAt = (leftMs: number, said: ReadonlySet<string>): string | undefined => {
  const s = Math.ceil(leftMs / 1000);
  if (s <= 0) return said.has('end') ? undefined : 'end';
  if (s <= 10) return said.has('10') ? undefined : '10';
  if (s <= 30) return said.has('30') ? undefined : '30';
  return said.has('open') ? undefined : 'open';
};
