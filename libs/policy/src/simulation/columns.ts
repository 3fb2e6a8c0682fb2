import { policyDecisions, type PolicyDecision, type Timestamp } from '@interlock/contracts';
import type { EvaluationContext, Scalar } from '../condition/condition.js';
import type { PolicyV1 } from '../policy/content.js';
import type { RecordedDecision } from '../evaluation/recorded.js';
import type { RuleV1 } from '../rules/rule.js';

/**
 * One field of many requests. With `cells`, these are indexes into `values` from 1, and 0 for a
 * request without the field. Without `cells`, `values` has one entry for each request, null if it
 * lacks the field.
 */
type FieldColumn = {
  readonly field: string;
  readonly values: readonly (Scalar | null)[];
  readonly cells: readonly number[] | null;
};

/**
 * Recorded decisions in columns, newest first, with only the inputs that a decision by certain
 * rules depends on.
 */
export type RecordedColumns = {
  /** Agents, action types and rule ids, each once. */
  readonly names: readonly string[];
  readonly evaluation_ids: readonly string[];
  readonly action_ids: readonly (string | null)[];
  /** Times in milliseconds after `from`. */
  readonly at_ms: readonly number[];
  /** Indexes into `names`. */
  readonly agents: readonly number[];
  readonly actions: readonly number[];
  /** Indexes into `names` from 1; 0 if no rule decided. */
  readonly rules: readonly number[];
  /** Indexes into `policyDecisions`. */
  readonly decisions: readonly number[];
  readonly fields: readonly FieldColumn[];
};

/** A recorded decision, as read from columns. */
export type RecordedRow = {
  readonly evaluation_id: string;
  readonly action_id: string | null;
  readonly at_ms: number;
  readonly agent: string;
  readonly action: string;
  readonly decision: PolicyDecision;
  readonly rule_id: string | null;
  readonly context: EvaluationContext;
};

/** The limits of a download: decisions, fields, and bytes of the answer. */
export const recordedDownload = { usual: 10_000, most: 100_000, fields: 200, bytes: 20_000_000 } as const;

/**
 * Returns the fields that both layers read in addition to agent and action: those of the rules' and
 * policies' conditions, and those that limits use.
 */
export const fieldsLookedAt = (
  rules: readonly Pick<RuleV1, 'conditions'>[],
  policies: readonly Pick<PolicyV1, 'conditions'>[] = [],
): readonly string[] =>
  [
    ...new Set([
      'affected_entity_count',
      ...[...rules, ...policies].flatMap(({ conditions }) => conditions.map(({ field }) => field)),
    ]),
  ].sort();

type Column = {
  readonly field: string;
  readonly places: Map<Scalar, number>;
  readonly cells: number[];
  /** The size in bytes with each value written once; `each`: with each written out. */
  once: number;
  each: number;
};

const digits = (value: number): number => `${value}`.length + 1;
/**
 * Returns the largest size of a value with its comma, in bytes. A character outside ASCII takes up
 * to three for each code unit.
 */
const bytesOf = (value: Scalar): number => {
  const text = JSON.stringify(value);
  return (/^[ -~]*$/.test(text) ? text.length : text.length * 3) + 1;
};

/** Writes columns, decision by decision, up to a number of bytes of JSON. */
export class ColumnsWriter {
  readonly #names = new Map<string, number>();
  readonly #columns: readonly Column[];
  readonly #ids: string[] = [];
  readonly #actionIds: (string | null)[] = [];
  readonly #at: number[] = [];
  readonly #agents: number[] = [];
  readonly #actions: number[] = [];
  readonly #rules: number[] = [];
  readonly #decisions: number[] = [];
  readonly #fromMs: number;
  #bytes = 1000;

  constructor(
    fields: readonly string[],
    from: Timestamp,
    private readonly mostBytes: number = recordedDownload.bytes,
  ) {
    this.#fromMs = Date.parse(from);
    this.#columns = [...new Set(fields)].map((field) => ({
      field,
      places: new Map(),
      cells: [],
      once: 0,
      each: 0,
    }));
    for (const { field } of this.#columns) this.#bytes += bytesOf(field) + 40;
  }

  get count(): number {
    return this.#ids.length;
  }

  /**
   * Adds a recorded decision. Returns false if the answer would become too long; nothing more may
   * be added then.
   */
  add({ evaluation_id: id, decision, bundle, input }: RecordedDecision): boolean {
    if (
      this.#bytes + this.#columns.reduce((sum, { once, each }) => sum + Math.min(once, each), 0) >
      this.mostBytes
    )
      return false;
    const atMs = Date.parse(input.at) - this.#fromMs;
    this.#ids.push(id);
    this.#actionIds.push(input.action_id);
    this.#at.push(atMs);
    this.#agents.push(this.#nameOf(input.agent));
    this.#actions.push(this.#nameOf(input.action_type));
    this.#rules.push(bundle.rule_id === null ? 0 : this.#nameOf(bundle.rule_id) + 1);
    this.#decisions.push(policyDecisions.indexOf(decision));
    this.#bytes += id.length + (input.action_id?.length ?? 4) + 30 + digits(atMs);
    for (const column of this.#columns) this.#cell(column, input.context[column.field]);
    return true;
  }

  columns(): RecordedColumns {
    return {
      names: [...this.#names.keys()],
      evaluation_ids: this.#ids,
      action_ids: this.#actionIds,
      at_ms: this.#at,
      agents: this.#agents,
      actions: this.#actions,
      rules: this.#rules,
      decisions: this.#decisions,
      fields: this.#columns.map(({ field, places, cells, once, each }): FieldColumn => {
        const values = [...places.keys()];
        return once <= each
          ? { field, values, cells }
          : { field, values: cells.map((cell) => values[cell - 1] ?? null), cells: null };
      }),
    };
  }

  #cell(column: Column, value: Scalar | undefined): void {
    if (value === undefined) {
      column.cells.push(0);
      column.once += 2;
      column.each += 5;
      return;
    }
    const known = column.places.get(value);
    const bytes = bytesOf(value);
    const place = known ?? column.places.size + 1;
    if (known === undefined) {
      column.places.set(value, place);
      column.once += bytes;
    }
    column.cells.push(place);
    column.once += digits(place);
    column.each += bytes;
  }

  #nameOf(name: string): number {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    this.#bytes += bytesOf(name);
    this.#names.set(name, this.#names.size);
    return this.#names.size - 1;
  }
}

/**
 * Returns the decisions in columns, in order. Throws a RangeError if the columns are inconsistent.
 */
export const readColumns = (columns: RecordedColumns): readonly RecordedRow[] => {
  const { names, evaluation_ids: ids, fields } = columns;
  const count = ids.length;
  const lists = [
    columns.action_ids,
    columns.at_ms,
    columns.agents,
    columns.actions,
    columns.rules,
    columns.decisions,
  ];
  if (
    [...lists, ...fields.map(({ cells, values }) => cells ?? values)].some(({ length }) => length !== count)
  )
    throw new RangeError('the columns are not of one length');
  const nameAt = (place: number | undefined): string => {
    const name = place === undefined ? undefined : names[place];
    if (name === undefined) throw new RangeError('a column refers to a missing name');
    return name;
  };
  return ids.map((evaluation_id, row): RecordedRow => {
    const decision = policyDecisions[columns.decisions[row] ?? -1];
    if (decision === undefined) throw new RangeError('a column holds an unknown decision');
    const context: { [field: string]: Scalar } = {};
    for (const { field, values, cells } of fields) {
      const value = cells === null ? values[row] : values[(cells[row] ?? 0) - 1];
      if (value !== undefined && value !== null) context[field] = value;
    }
    const rule = columns.rules[row] ?? 0;
    return {
      evaluation_id,
      action_id: columns.action_ids[row] ?? null,
      at_ms: columns.at_ms[row] ?? 0,
      agent: nameAt(columns.agents[row]),
      action: nameAt(columns.actions[row]),
      decision,
      rule_id: rule === 0 ? null : nameAt(rule - 1),
      context,
    };
  });
};
