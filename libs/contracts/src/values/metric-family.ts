export type Kind = 'counter' | 'gauge' | 'histogram';
type Family = {
  readonly kind: Kind;
  /**
   * The service that exports the family. `every`: all services. `readers`: all with read models.
   */
  readonly of: string;
  readonly labels: readonly string[];
  readonly help: string;
  readonly buckets?: readonly number[];
};

export const counter = <const L extends readonly string[]>(of: string, labels: L, help: string) =>
  ({ kind: 'counter', of, labels, help }) as const satisfies Family;
export const gauge = <const L extends readonly string[]>(of: string, labels: L, help: string) =>
  ({ kind: 'gauge', of, labels, help }) as const satisfies Family;
/** Defines a histogram. `buckets` are upper bounds, in the unit at the end of the name. */
export const histogram = <const L extends readonly string[]>(
  of: string,
  labels: L,
  help: string,
  buckets: readonly number[],
) => ({ kind: 'histogram', of, labels, help, buckets }) as const satisfies Family;

const [minute, hour] = [60, 3600];
/**
 * The buckets for answers of services, of the log and of gates: from a millisecond to the deadlines
 * of callers.
 */
export const answers = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** The buckets for answers of devices and of tenants' handlers, up to their longest deadlines. */
export const remote = [
  ...[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30],
  ...[1, 2, 5].map((n) => n * minute),
];
/**
 * The buckets for whole actions: gates alone take milliseconds, a device's soak 10 s or more, a
 * person hours.
 */
export const actions = [
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 12.5, 15, 20, 30, 45],
  ...[1, 2, 5, 10, 30].map((n) => n * minute),
  ...[1, 2, 6, 24].map((n) => n * hour),
];
/** The buckets for people's decisions. */
export const people = [
  ...[5, 15, 30],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 4, 8, 24, 72].map((n) => n * hour),
];
