/**
 * Returns a readable top for a scale: 1, 2, 3, 4, 6, 8 or 10 times a power of ten, at least 4.
 * Pure.
 */
export const niceTop = (most: number): number => {
  const power = 10 ** Math.floor(Math.log10(Math.max(4, most)));
  return [1, 2, 3, 4, 6, 8, 10].map((n) => n * power).find((top) => top >= Math.max(4, most)) ?? 10 * power;
};
