import type { Condition, EvaluationContext, Scalar } from '../condition/condition.js';
import type { FieldCatalogue } from '../condition/field.js';
import type { RuleV1 } from '../rules/rule.js';
import type { Box, Point } from './box.js';
import { Axis, has, intersection, noCells, otherThan, runsOf, type Domain, type Ranges } from './cells.js';

/** A request that shows a finding. It has a value for every field that the given rules read. */
export type Witness = {
  readonly agent: string;
  readonly action: string;
  readonly context: EvaluationContext;
};

/** Facts about requests besides the rules themselves. */
export type World = {
  /** The registered action types and the fields that they declare. */
  readonly catalogue?: FieldCatalogue;
  /** The values that a field can have; an absent field has no limits. */
  readonly domains?: { readonly [field: string]: Domain };
};

/** The names of the fields for the agent and the action in a request. */
const agentField = 'agent';
const actionField = 'action_type';
/** The axes of the agent and the action, which come first. */
const [agentAxis, actionAxis] = [0, 1] as const;

/** Returns the constants with which the rules compare each field, including agent and action. */
const constantsOf = (rules: readonly RuleV1[]): ReadonlyMap<string, ReadonlySet<Scalar>> => {
  const constants = new Map<string, Set<Scalar>>([
    [agentField, new Set()],
    [actionField, new Set()],
  ]);
  const add = (field: string, value: Scalar): void => {
    const known = constants.get(field);
    if (known === undefined) constants.set(field, new Set([value]));
    else known.add(value);
  };
  for (const { agent, action, conditions } of rules) {
    if (agent !== '*') add(agentField, agent);
    if (action !== '*') add(actionField, action);
    for (const { field, value } of conditions) add(field, value);
  }
  return constants;
};

/**
 * The space of all requests, as far as the given rules distinguish them. There is an axis for each
 * field that the rules read, including agent and action.
 */
export class Space {
  readonly axes: readonly Axis[];
  readonly whole: Box;
  readonly #axisOf: ReadonlyMap<string, number>;
  readonly #world: World;
  /**
   * For each field that only some actions declare: the cells of these actions on the action axis.
   */
  readonly #declaring = new Map<string, Ranges>();

  constructor(rules: readonly RuleV1[], world: World = {}) {
    this.#world = world;
    const constants = constantsOf(rules);
    const fields = [...constants.keys()];
    this.axes = [...constants].map(([field, own]) => new Axis(field, own, this.#domain(field, own)));
    this.whole = this.axes.map(({ all }) => all);
    this.#axisOf = new Map(fields.map((field, axis) => [field, axis]));
    for (const field of fields) this.#declare(field);
  }

  /** Returns where all conditions of a rule hold; undefined if nowhere. */
  box(rule: RuleV1): Box | undefined {
    const box = this.#boxWithin(rule, rule.conditions);
    if (box === undefined || this.#declaring.size === 0) return box;
    const actions = rule.conditions.reduce<Ranges>(
      (cells, { field }) => intersection(cells, this.#declaring.get(field) ?? cells),
      box[actionAxis]!,
    );
    return actions.length === 0 ? undefined : box.with(actionAxis, actions);
  }

  /**
   * Returns where a rule could match but reads a field that the action does not declare. There is
   * one box for all actions that lack the same fields.
   */
  unknownBoxes(rule: RuleV1): readonly Box[] {
    const partly = [...new Set(rule.conditions.map(({ field }) => field))].filter((field) =>
      this.#declaring.has(field),
    );
    if (partly.length === 0) return [];
    const lacking = new Map<string, { readonly fields: readonly string[]; readonly actions: number[] }>();
    for (const [cell, action] of this.axes[actionAxis]!.values.entries()) {
      if (rule.action !== '*' && rule.action !== action) continue;
      const fields = partly.filter((field) => !has(this.#declaring.get(field)!, cell));
      if (fields.length === 0) continue;
      const same = lacking.get(fields.join('\n'));
      if (same === undefined) lacking.set(fields.join('\n'), { fields, actions: [cell] });
      else same.actions.push(cell);
    }
    return [...lacking.values()].flatMap(({ fields, actions }): readonly Box[] => {
      const box = this.#boxWithin(
        rule,
        rule.conditions.filter(({ field }) => !fields.includes(field)),
      );
      const cells = box === undefined ? noCells : intersection(box[actionAxis]!, runsOf(actions));
      return box === undefined || cells.length === 0 ? [] : [box.with(actionAxis, cells)];
    });
  }

  /** Returns the request that a point represents. */
  witness(point: Point): Witness {
    const value = (axis: number): Scalar => this.axes[axis]!.values[point[axis]!]!;
    const [agent, action] = [agentAxis, actionAxis].map((axis) => String(value(axis))) as [string, string];
    const context: { [field: string]: Scalar } = {};
    for (const [axis, { field }] of this.axes.entries()) {
      const declaring = this.#declaring.get(field);
      if (declaring === undefined || has(declaring, point[actionAxis]!)) context[field] = value(axis);
    }
    return { agent, action, context };
  }

  #boxWithin({ agent, action }: RuleV1, conditions: readonly Condition[]): Box | undefined {
    const box = [...this.whole];
    const narrow = (field: string, condition: Pick<Condition, 'op' | 'value'>): boolean => {
      const axis = this.#axisOf.get(field)!;
      const cells = this.axes[axis]!.where(condition);
      return (
        (box[axis] = box[axis] === this.whole[axis] ? cells : intersection(box[axis]!, cells)).length > 0
      );
    };
    if (agent !== '*' && !narrow(agentField, { op: '==', value: agent })) return undefined;
    if (action !== '*' && !narrow(actionField, { op: '==', value: action })) return undefined;
    for (const condition of conditions) if (!narrow(condition.field, condition)) return undefined;
    return box.some((ranges) => ranges.length === 0) ? undefined : box;
  }

  #domain(field: string, constants: ReadonlySet<Scalar>): Domain {
    const known = this.#world.domains?.[field];
    if (known !== undefined) return known;
    if (field !== agentField && field !== actionField) return {};
    // Agent and action always have values, so their axes exist even if no rule distinguishes them.
    const registered = field === actionField ? this.#world.catalogue?.actionTypes : undefined;
    return { values: [...constants, ...(registered ?? [otherThan(constants)])] };
  }

  #declare(field: string): void {
    const { catalogue } = this.#world;
    if (catalogue === undefined) return;
    const actions = this.axes[actionAxis]!;
    const cells: number[] = [];
    for (const [cell, action] of actions.values.entries())
      if (catalogue.typesOf(field, [String(action)]).size > 0) cells.push(cell);
    if (cells.length < actions.values.length) this.#declaring.set(field, runsOf(cells));
  }
}
