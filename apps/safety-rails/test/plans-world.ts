import type { ActionIntentV1, JsonObject } from '@interlock/contracts';
import { collect } from '@interlock/kernel';
import { nodeActionId, planIdOf, type FailureRule, type NodeRole } from '@interlock/rails';
import { until } from '@interlock/testing';
import type { railsWorld } from './rails-world.js';
import type { RailsAnswer } from './started-rails.js';

export type PlanBody = {
  readonly plan_id: string;
  readonly state: string;
  readonly reasons: readonly { readonly code: string; readonly node_id?: string }[];
  readonly affected_entity_count: number;
  readonly approval: {
    readonly digest: string;
    readonly approved_by: readonly string[];
    readonly rolls_back?: true;
  } | null;
  readonly nodes: readonly {
    readonly node_id: string;
    readonly state: string;
    readonly action_id: string | null;
    readonly compensation_state: string | null;
    readonly ended_place: number | null;
    readonly taken_back: boolean | null;
  }[];
};
type NodeIntent = Omit<ActionIntentV1, 'intent_id' | 'tenant_id'>;
/** A node as a submitter writes it. */
export type GivenNode = {
  readonly node_id: string;
  readonly depends_on: readonly string[];
  readonly intent: NodeIntent;
  readonly compensation?: NodeIntent;
};
type GivenPlan = {
  readonly submission_id: string;
  readonly failure_rule: FailureRule;
  readonly approval: string;
  readonly max_affected_entities: number;
  readonly nodes: readonly GivenNode[];
};

const tenant = 'demo';
let serial = 0;

/** An intent for a cell of a plan, which affects three entities, as the topology says too. */
export const cell = (entity_id: string, over: Partial<NodeIntent> = {}): NodeIntent => ({
  account_id: 'ran',
  agent: 'ran-optimizer',
  action_type: 'cell_failover',
  entity_id,
  parameters: {},
  affected_entity_count: 3,
  confidence_score: 0.95,
  ...over,
});
/**
 * Nodes of a plan, each with what it depends on: `{ a: [], b: ['a'] }`; each has a cell and a
 * compensation of its own.
 */
export const nodesOf = (shape: { readonly [node: string]: readonly string[] }): readonly GivenNode[] => {
  serial += 1;
  return Object.entries(shape).map(([node_id, depends_on]) => ({
    node_id,
    depends_on,
    intent: cell(`cell-${serial}-${node_id}`),
    compensation: cell(`cell-${serial}-${node_id}`, { parameters: { power_raise_db: 1 } }),
  }));
};
export const planOf = (nodes: readonly GivenNode[], over: Partial<GivenPlan> = {}): GivenPlan => {
  serial += 1;
  return {
    submission_id: `plan-${serial}`,
    failure_rule: 'stop',
    approval: 'if_held',
    max_affected_entities: 100,
    nodes,
    ...over,
  };
};

type World = ReturnType<typeof railsWorld>;

/** Plans in the world of safety-rails. */
export class PlansWorld {
  constructor(private readonly world: World) {}

  submit(plan: object): Promise<RailsAnswer> {
    return this.world.call('POST', '/plans', plan);
  }

  async view(of: GivenPlan): Promise<PlanBody> {
    const { status, body } = await this.world.call('GET', `/plans/${planIdOf(tenant, of.submission_id)}`);
    if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
    return body as unknown as PlanBody;
  }

  async reaches(of: GivenPlan, state: string): Promise<PlanBody> {
    let last: PlanBody | undefined;
    try {
      return await until(async () => {
        last = await this.view(of);
        return last.state === state && last;
      }, `${of.submission_id} is ${state}`);
    } catch (cause) {
      throw new Error(`${(cause as Error).message}; it is ${JSON.stringify(last)}`, { cause });
    }
  }

  /** Submits a plan, which has to be taken, and waits until it is in that state. */
  async run(of: GivenPlan, state: string): Promise<PlanBody> {
    const { status, body } = await this.submit(of);
    if (status !== 202) throw new Error(`${status}: ${JSON.stringify(body)}`);
    return this.reaches(of, state);
  }

  actionId(of: GivenPlan, nodeId: string, role: NodeRole = 'node'): string {
    return nodeActionId({ tenant_id: tenant, plan_id: planIdOf(tenant, of.submission_id) }, nodeId, role);
  }

  async planTypes(of: GivenPlan): Promise<readonly string[]> {
    const stream = `plan-${tenant}:${planIdOf(tenant, of.submission_id)}`;
    return (await collect(this.world.parts.log.store.read(stream))).map(({ type }) => type);
  }

  async actionTypes(of: GivenPlan, nodeId: string, role: NodeRole = 'node'): Promise<readonly string[]> {
    const stream = `action-${tenant}:${this.actionId(of, nodeId, role)}`;
    return (await collect(this.world.parts.log.store.read(stream))).map(({ type }) => type);
  }

  /** The nodes that were applied to devices, in order, each with what for. */
  applied(of: GivenPlan): readonly string[] {
    const named = new Map(
      of.nodes.flatMap(({ node_id }) =>
        (['preview', 'node', 'take_back'] as const).map((role) => [
          this.actionId(of, node_id, role),
          role === 'node' ? node_id : `${node_id}:${role}`,
        ]),
      ),
    );
    return this.world.stand.calls.flatMap(({ name, request }) => {
      const node = named.get(String(request['action_id']));
      return name === 'netconf-gateway.apply' && node !== undefined ? [node] : [];
    });
  }

  /**
   * Makes KPIs worse by what these nodes do, so that they are rolled back; answers how to make that
   * good again.
   */
  worsens(of: GivenPlan, ...nodes: readonly string[]): () => void {
    const ids = new Set(nodes.map((node) => this.actionId(of, node)));
    const { answers } = this.world.stand;
    const status = answers.get('netconf-gateway.status');
    if (status === undefined) throw new Error('nobody answers for devices');
    answers.set('netconf-gateway.status', (request) => {
      const answer = status(request) as JsonObject;
      const { observation } = answer;
      return ids.has(String(request['action_id'])) && observation !== null
        ? {
            ...answer,
            observation: {
              before: { drop_rate_pct: 6 },
              after: { drop_rate_pct: 16 },
              delta: { drop_rate_pct: 10 },
              samples: 5,
              breaches: [],
            },
          }
        : answer;
    });
    return () => answers.set('netconf-gateway.status', status);
  }
}
