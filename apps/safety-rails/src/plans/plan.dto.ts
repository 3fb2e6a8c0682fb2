import { intentIdPattern, namePattern, type JsonObject, type Violation } from '@interlock/contracts';
import {
  IfGiven,
  faultsOf,
  inputFaults,
  isDeeperThan,
  depthLimit,
  refusedInput,
  withoutRefusedNames,
  PageQuery,
} from '@interlock/platform';
import {
  failureRules,
  planApprovals,
  planStates,
  shapeViolations,
  sumViolations,
  type FailureRule,
  type NodeIntent,
  type PlanApprovalRule,
  type PlanNode,
  type PlanStateName,
} from '@interlock/rails';
import { Type } from 'class-transformer';
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { checkIntent } from '../intents/intent.dto.js';

export class PlanNodeDto {
  @Matches(namePattern, { message: 'node_id must match ^[a-z0-9][a-z0-9_.-]{0,62}$' }) node_id!: string;
  /** The nodes that must be COMPLETED before this one is submitted. */
  @IfGiven() @IsArray() @IsString({ each: true }) depends_on?: string[];
  /**
   * An action intent without `intent_id`, `tenant_id`, `requested_by` and `dry_run`, which the plan
   * sets.
   */
  @IsObject() intent!: JsonObject;
  /** Such an intent, which undoes the node once it is COMPLETED. */
  @IfGiven() @IsObject() compensation?: JsonObject;
}

export class SubmitPlanDto {
  /** The submitter's own id of the plan. A repeat with the same content returns the same plan. */
  @Matches(intentIdPattern, { message: 'submission_id must be 1 to 128 printable characters' })
  submission_id!: string;
  @IfGiven() @IsString() @MaxLength(2000) description?: string;
  @IsIn(failureRules) failure_rule!: FailureRule;
  @IfGiven() @IsIn(planApprovals) approval?: PlanApprovalRule;
  /** The largest number of entities that all nodes together may affect. */
  @IsInt() @Min(1) @Max(1_000_000_000) max_affected_entities!: number;
  @IfGiven() @IsBoolean() dry_run?: boolean;
  @IsArray() @Type(() => PlanNodeDto) nodes!: PlanNodeDto[];
}

export class ListPlansQuery extends PageQuery {
  @IfGiven() @IsIn(planStates) state?: PlanStateName;
}

export type ReadPlan = {
  readonly submission_id: string;
  readonly description: string | null;
  readonly failure_rule: FailureRule;
  readonly approval: PlanApprovalRule;
  readonly max_affected_entities: number;
  readonly dry_run: boolean;
  readonly nodes: readonly PlanNode[];
};

const isRecord = (raw: unknown): raw is { readonly [name: string]: unknown } =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw);
const setByPlan = ['intent_id', 'tenant_id', 'requested_by', 'dry_run', 'traceparent'] as const;

type Checked<T> = { readonly violations: readonly Violation[]; readonly read: () => T };
const below =
  (at: string) =>
  ({ pointer, ...rest }: Violation): Violation => ({ ...rest, pointer: `${at}${pointer}` });

const checkNodeIntent = (raw: unknown): Checked<NodeIntent> => {
  const own = isRecord(raw) ? raw : {};
  const set = setByPlan
    .filter((name) => own[name] !== undefined)
    .map((name) => ({ pointer: `/${name}`, detail: 'must not be given: the plan sets it' }));
  const rest = Object.fromEntries(
    Object.entries(own).filter(([name]) => !setByPlan.some((taken) => taken === name)),
  );
  const { violations, read } = checkIntent(
    isRecord(raw) ? { ...rest, intent_id: 'node', tenant_id: 'node' } : raw,
  );
  return {
    violations: [...set, ...violations],
    read: () => {
      const { intent_id: _id, tenant_id: _tenant, ...intent } = read().intent;
      return intent;
    },
  };
};

const checkNode = (raw: unknown): Checked<PlanNode> => {
  if (!isRecord(raw)) {
    return {
      violations: [{ pointer: '', detail: 'must be an object' }],
      read: () => {
        throw new TypeError('a node with faults is not read');
      },
    };
  }
  const value = Object.assign(new PlanNodeDto(), raw);
  const intent = isRecord(raw['intent']) ? checkNodeIntent(raw['intent']) : null;
  const back = isRecord(raw['compensation']) ? checkNodeIntent(raw['compensation']) : null;
  return {
    violations: [
      ...faultsOf(value, { strict: true }),
      ...(intent?.violations ?? []).map(below('/intent')),
      ...(back?.violations ?? []).map(below('/compensation')),
    ],
    read: () => {
      if (intent === null) throw new TypeError('a node without an intent is not read');
      return {
        node_id: value.node_id,
        depends_on: value.depends_on ?? [],
        intent: intent.read(),
        compensation: back === null ? null : back.read(),
      };
    },
  };
};

/** Returns the nodes whose shape can be checked, even if they have other faults. */
const shapeOf = (nodes: readonly unknown[]): readonly Pick<PlanNode, 'node_id' | 'depends_on'>[] =>
  nodes.map((raw, index) => {
    const { node_id: id, depends_on: needs } = isRecord(raw) ? raw : {};
    return {
      node_id: typeof id === 'string' ? id : `(node ${index} without an id)`,
      depends_on: Array.isArray(needs) ? needs.filter((one): one is string => typeof one === 'string') : [],
    };
  });

/**
 * Reads a plan from outside; `faults` are those of its text. Throws `validation-failed` with every
 * violation: of the plan, of its shape, and of each intent in it.
 */
export const readPlan = (given: unknown, faults: readonly Violation[] = inputFaults(given)): ReadPlan => {
  if (isDeeperThan(given, depthLimit)) throw refusedInput('the plan', faults);
  const raw = withoutRefusedNames(given);
  if (!isRecord(raw)) throw refusedInput('the plan', [{ pointer: '', detail: 'must be an object' }]);
  const nodesGiven = raw['nodes'];
  const rawNodes: readonly unknown[] = Array.isArray(nodesGiven) ? nodesGiven : [];
  const { nodes: _checkedApart, ...rest } = raw;
  const value = Object.assign(new SubmitPlanDto(), rest, {
    nodes: Array.isArray(nodesGiven) ? [] : nodesGiven,
  });
  const shape = Array.isArray(nodesGiven) ? shapeViolations(shapeOf(rawNodes)) : [];
  // If there are more nodes than a plan may have, the others are not checked.
  const nodes = rawNodes.slice(0, 100).map(checkNode);
  const violations = [
    ...faults,
    ...faultsOf(value, { strict: true }),
    ...shape,
    ...nodes.flatMap((node, index) => node.violations.map(below(`/nodes/${index}`))),
  ];
  if (violations.length > 0) throw refusedInput('the plan', violations);
  const read = nodes.map((node) => node.read());
  const sum = sumViolations(read, value.max_affected_entities);
  if (sum.length > 0) throw refusedInput('the plan', sum);
  return {
    submission_id: value.submission_id,
    description: value.description ?? null,
    failure_rule: value.failure_rule,
    approval: value.approval ?? 'required',
    max_affected_entities: value.max_affected_entities,
    dry_run: value.dry_run === true,
    nodes: read,
  };
};
