import { numberText, plainValue } from '../format.js';
import type { Kind, GlyphName } from '../ui/glyphs.js';

export type Effect = 'allow' | 'deny' | 'needs_approval';
export type DraftCondition = { readonly field: string; readonly op: string; readonly value: unknown };
/**
 * A rule as far as it can be read from a text with arbitrary content. `place` is its index in the
 * list.
 */
export type DraftRule = {
  readonly place: number;
  readonly id: string;
  readonly agent: string;
  readonly action: string;
  readonly effect: string;
  readonly priority: number;
  readonly enabled: boolean;
  readonly conditions: readonly DraftCondition[];
  readonly reason: string;
  readonly cost: number | undefined;
  readonly compute: number | undefined;
};

export const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

const conditionsOf = (value: unknown): readonly DraftCondition[] =>
  Array.isArray(value)
    ? value.map((one) => ({
        field: text(member(one, 'field')),
        op: text(member(one, 'op')),
        value: member(one, 'value'),
      }))
    : [];

/**
 * Returns the rules of a parsed bundle in the order of the text. Items that are not objects are
 * left out.
 */
export const rulesOf = (bundle: unknown): readonly DraftRule[] => {
  const rules = member(bundle, 'rules');
  if (!Array.isArray(rules)) return [];
  return rules.flatMap((rule: unknown, place): DraftRule[] =>
    typeof rule !== 'object' || rule === null || Array.isArray(rule)
      ? []
      : [
          {
            place,
            id: text(member(rule, 'id')),
            agent: text(member(rule, 'agent')),
            action: text(member(rule, 'action')),
            effect: text(member(rule, 'effect')),
            priority: number(member(rule, 'priority')) ?? 0,
            enabled: member(rule, 'enabled') !== false,
            conditions: conditionsOf(member(rule, 'conditions')),
            reason: text(member(rule, 'reason')),
            cost: number(member(member(rule, 'budget'), 'cost')),
            compute: number(member(member(rule, 'budget'), 'compute')),
          },
        ],
  );
};

const ranks: { readonly [effect: string]: number } = { deny: 0, needs_approval: 1, allow: 2 };

/**
 * Sorts rules in the order of evaluation: by priority, the highest first, then deny before
 * needs_approval before allow, then by id.
 */
export const inOrder = (rules: readonly DraftRule[]): readonly DraftRule[] =>
  rules.toSorted(
    (a, b) =>
      b.priority - a.priority ||
      (ranks[a.effect] ?? 3) - (ranks[b.effect] ?? 3) ||
      (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );

const fieldWord = (field: string): string => field.replace(/^parameters\./, '').replaceAll(/[_.]+/g, ' ');

/** Describes a condition: `risk score at most 40`. */
export const conditionWords = ({ field, op, value }: DraftCondition): string => {
  const name = fieldWord(field);
  const shown = typeof value === 'number' ? numberText(value, 4) : plainValue(value, 40);
  switch (op) {
    case '<=':
      return `${name} at most ${shown}`;
    case '>=':
      return `${name} at least ${shown}`;
    case '<':
      return `${name} below ${shown}`;
    case '>':
      return `${name} above ${shown}`;
    case '==':
      return `${name} is ${shown}`;
    case '!=':
      return `${name} is not ${shown}`;
    default:
      return `${name} ${op} ${shown}`;
  }
};

/** Describes a rule in one line: its agent, its action and its conditions. */
export const ruleWords = ({
  agent,
  action,
  conditions,
}: Pick<DraftRule, 'agent' | 'action' | 'conditions'>): string =>
  [
    agent === '*' ? 'any agent' : agent,
    action === '*' ? 'any action' : action,
    ...(conditions.length === 0 ? ['always'] : conditions.map(conditionWords)),
  ].join(', ');

const effectLook: { readonly [effect: string]: { kind: Kind; glyph: GlyphName; word: string } } = {
  allow: { kind: 'green', glyph: 'ok', word: 'allow' },
  deny: { kind: 'red', glyph: 'oct', word: 'deny' },
  needs_approval: { kind: 'yellow', glyph: 'hold', word: 'needs approval' },
  no_match: { kind: 'unk', glyph: 'none', word: 'no match' },
  ALLOW: { kind: 'green', glyph: 'ok', word: 'ALLOW' },
  CONFIRM: { kind: 'yellow', glyph: 'clk', word: 'CONFIRM' },
  NEEDS_APPROVAL: { kind: 'yellow', glyph: 'hold', word: 'NEEDS_APPROVAL' },
  DENY: { kind: 'red', glyph: 'oct', word: 'DENY' },
  ABSTAIN: { kind: 'unk', glyph: 'none', word: 'no match' },
};
export const lookOfEffect = (effect: string): { kind: Kind; glyph: GlyphName; word: string } =>
  effectLook[effect] ?? {
    kind: 'unk',
    glyph: 'none',
    word: effect === '' ? 'no effect' : effect.slice(0, 30),
  };

/** Returns whether two JSON values are equal, ignoring the order of members. */
const same = (a: unknown, b: unknown): boolean => {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const [one, other] = [Object.keys(a), Object.keys(b)];
  return (
    Array.isArray(a) === Array.isArray(b) &&
    one.length === other.length &&
    one.every((name) => Object.hasOwn(b, name) && same(member(a, name), member(b, name)))
  );
};

/** Returns how many rules were added, changed or removed. */
export const changedSince = (now: readonly DraftRule[], before: readonly DraftRule[]): number => {
  const old = new Map(before.map((rule) => [rule.id, rule]));
  const kept = new Set(now.map(({ id }) => id));
  const changed = now.filter((rule) => {
    const was = old.get(rule.id);
    return was === undefined || !same({ ...was, place: 0 }, { ...rule, place: 0 });
  });
  return changed.length + before.filter(({ id }) => !kept.has(id)).length;
};

/** Parses a value of a form: a number, true, false, or else a text. */
export const valueIn = (written: string): number | boolean | string => {
  const trimmed = written.trim();
  if (trimmed === 'true' || trimmed === 'false') return trimmed === 'true';
  if (/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(trimmed)) return Number(trimmed);
  return written;
};

/** Returns an id that no rule has. */
export const freeId = (rules: readonly Pick<DraftRule, 'id'>[], stem = 'new-rule'): string => {
  const taken = new Set(rules.map(({ id }) => id));
  if (!taken.has(stem)) return stem;
  for (let n = 2; ; n += 1) if (!taken.has(`${stem}-${n}`)) return `${stem}-${n}`;
};

/** Returns the fields that the rules use, each once. */
export const namedFields = (rules: readonly Pick<DraftRule, 'conditions'>[]): readonly string[] =>
  [...new Set(rules.flatMap(({ conditions }) => conditions.map(({ field }) => field)))].sort();

/** Returns a short name of an actor: `person 4f21a0c2`, `policy-registry`. */
export const whoText = (actor: string): string =>
  actor.replace(/^person:(.{8}).*$/, 'person $1').slice(0, 40);
