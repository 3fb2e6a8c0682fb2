import type { JsonObject, JsonValue } from '@interlock/contracts';
import { isObject } from '@interlock/kernel';

/** The features by which two actions are compared. */
export type Features = {
  readonly entity_id: string;
  readonly parameters: JsonObject;
  readonly trigger_type: string;
  /** null if unknown. */
  readonly affected_entity_count: number | null;
};

const weights = { entity: 0.25, parameters: 0.35, trigger: 0.15, size: 0.25 } as const;

const parts = new Map<string, readonly string[]>();
const mostNames = 10_000;

/** The words of a name, cached because names repeat. */
const partsOf = (name: string): readonly string[] => {
  const known = parts.get(name);
  if (known !== undefined) return known;
  if (parts.size >= mostNames) parts.clear();
  const made = name.split(/[^\p{L}\p{N}]+/u);
  parts.set(name, made);
  return made;
};

/**
 * The similarity of names by their common beginning: `gnb-001-cell-2` and `gnb-001-cell-3` are
 * near.
 */
const entityLikeness = (a: string, b: string): number => {
  if (a === b) return 1;
  const [left, right] = [partsOf(a), partsOf(b)];
  const same = left.findIndex((part, i) => part !== right[i]);
  return (0.8 * (same < 0 ? left.length : same)) / Math.max(left.length, right.length);
};

const numberLikeness = (a: number, b: number): number =>
  a === b ? 1 : 1 - Math.min(1, Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b)));

const listLikeness = (a: readonly JsonValue[], b: readonly JsonValue[]): number => {
  const left = new Set(a.map((item) => JSON.stringify(item)));
  const right = new Set(b.map((item) => JSON.stringify(item)));
  const both = [...left].filter((item) => right.has(item)).length;
  const all = left.size + right.size - both;
  return all === 0 ? 1 : both / all;
};

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);

const valueLikeness = (a: JsonValue | undefined, b: JsonValue | undefined): number => {
  if (a === undefined || b === undefined) return 0;
  if (typeof a === 'number' && typeof b === 'number') return numberLikeness(a, b);
  if (isList(a) && isList(b)) return listLikeness(a, b);
  if (isObject(a) && isObject(b)) return objectLikeness(a, b);
  return a === b ? 1 : 0;
};

const objectLikeness = (a: JsonObject, b: JsonObject): number => {
  const names = Object.keys(a);
  let count = names.length;
  let sum = 0;
  for (const name of names) sum += valueLikeness(a[name], Object.hasOwn(b, name) ? b[name] : undefined);
  for (const name of Object.keys(b)) if (!Object.hasOwn(a, name)) count += 1;
  return count === 0 ? 1 : sum / count;
};

/**
 * The similarity of two actions of one type, above 0 to 1. Features that are unknown for either are
 * left out.
 */
export const similarity = (a: Features, b: Features): number => {
  const sized = a.affected_entity_count !== null && b.affected_entity_count !== null;
  const sum =
    weights.entity * entityLikeness(a.entity_id, b.entity_id) +
    weights.parameters * objectLikeness(a.parameters, b.parameters) +
    weights.trigger * (a.trigger_type === b.trigger_type ? 1 : 0) +
    (sized ? weights.size * numberLikeness(a.affected_entity_count!, b.affected_entity_count!) : 0);
  const all = weights.entity + weights.parameters + weights.trigger + (sized ? weights.size : 0);
  return Math.max(0.05, sum / all);
};

/** The age in days at which a trace counts half. */
const halfLifeDays = 30;

/** The weight that a trace keeps at its age, above 0 to 1, never below a tenth. */
export const recency = (ageH: number): number =>
  Math.max(0.1, 2 ** (-Math.max(0, ageH) / (24 * halfLifeDays)));
