import type { CheckKind, CheckRange } from '@interlock/contracts';

/**
 * The result of a check: `IntegrityChecked` without its text. `checked` and `failed` count the
 * checked items.
 */
export type IntegrityCheck = {
  readonly kind: CheckKind;
  readonly range: CheckRange | null;
  readonly passed: boolean;
  readonly checked: number;
  readonly failed: number;
};

type Area = 'log' | 'archive';
type Failed = { readonly area: Area; readonly range: CheckRange | null };
/**
 * The state of the log's integrity: failed ranges that have not passed since, and the latest schema
 * checks.
 */
export type IntegrityState = {
  readonly failed: readonly Failed[];
  readonly schema: { readonly checked: number; readonly failed: number } | null;
  readonly checks: number;
};
export const noIntegrity: IntegrityState = { failed: [], schema: null, checks: 0 };

/**
 * The number of failed ranges that are kept separately. Beyond it, the whole area counts as failed
 * until a check of all of it passes.
 */
const mostRanges = 100;

const covers = (range: CheckRange | null, other: CheckRange | null): boolean => {
  if (range === null) return true;
  if (other === null) return false;
  const number = (text: string): bigint => (/^\d+$/.test(text) ? BigInt(text) : -1n);
  const [from, to, otherFrom, otherTo] = [range.from, range.to, other.from, other.to].map(number);
  return (
    from !== undefined &&
    to !== undefined &&
    otherFrom !== undefined &&
    otherTo !== undefined &&
    [from, to, otherFrom, otherTo].every((one) => one >= 0n) &&
    from <= otherFrom &&
    to >= otherTo
  );
};
const sameRange = (a: CheckRange | null, b: CheckRange | null): boolean =>
  a === b || (a !== null && b !== null && a.from === b.from && a.to === b.to);

/**
 * The state after one more check. A failed range remains until a check that covers it passes. A
 * schema check yields a share and fails no range.
 */
export const withCheck = (before: IntegrityState, check: IntegrityCheck): IntegrityState => {
  const { kind, range, passed, checked, failed } = check;
  const checks = before.checks + 1;
  const schema =
    kind === 'schema_validation' || (kind === 'light' && passed) ? { checked, failed } : before.schema;
  if (kind === 'schema_validation') return { ...before, schema, checks };
  const area: Area = kind === 'cold_storage_verification' ? 'archive' : 'log';
  const others = before.failed.filter(
    (one) => one.area !== area || !(passed ? covers(range, one.range) : sameRange(range, one.range)),
  );
  if (passed) return { failed: others, schema, checks };
  const all = [...others, { area, range }];
  return {
    failed:
      all.length > mostRanges ? [...all.filter((one) => one.area !== area), { area, range: null }] : all,
    schema,
    checks,
  };
};

/**
 * `integrity_score`, from 0 to 100; null before the first check. 0 while a failed range has not
 * passed since.
 */
export const integrityScore = ({ failed, schema, checks }: IntegrityState): number | null => {
  if (checks === 0) return null;
  if (failed.length > 0) return 0;
  if (schema === null || schema.checked <= 0) return 100;
  const share = ((schema.checked - schema.failed) / schema.checked) * 100;
  // Rounded down, so that no failure is rounded away.
  return Math.max(0, Math.min(100, Math.floor(share * 100) / 100));
};
