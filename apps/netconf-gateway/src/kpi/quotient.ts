/**
 * A counter divided by another one of the same period; NaN if it has no value. Of nothing, nothing
 * was lost: a cell without a session has a drop rate of 0.
 */
export const quotientOf = (above: number, below: number): number =>
  below !== 0 ? above / below : above === 0 ? 0 : NaN;
