/** True for a whole number 1–99. */
export const isRiskScore = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 99;
