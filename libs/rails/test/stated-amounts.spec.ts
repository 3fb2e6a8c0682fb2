import { describe, expect, it } from '@jest/globals';
import type { ActionIntentV1, JsonObject } from '@interlock/contracts';
import {
  acceptedContent,
  acceptedContentAgain,
  builtInActionTypes,
  referenceTo,
  intentHash,
  withStatedAmounts,
  type PartOfPlan,
} from '../src/index.js';

const intent = (parameters: JsonObject, over: Partial<ActionIntentV1> = {}): ActionIntentV1 => ({
  intent_id: 'i-1',
  tenant_id: 'demo',
  account_id: 'shop',
  agent: 'buyer',
  action_type: 'shop.buy',
  entity_id: 'order-1',
  parameters,
  affected_entity_count: 1,
  confidence_score: 0.9,
  ...over,
});
const type = { impact: { cost: 'price', compute: 'cores' } };
const amounts = (parameters: JsonObject, over?: Partial<ActionIntentV1>): readonly unknown[] => {
  const { estimated_cost: cost, estimated_compute: compute } = withStatedAmounts(
    type,
    intent(parameters, over),
  );
  return [cost, compute];
};

describe('what an action costs', () => {
  it('is what the parameters say that its type names', () =>
    expect(amounts({ price: 8, cores: 0.5 })).toEqual([8, 0.5]));

  it('is never less than that, whatever the agent estimates, and may be more', () => {
    expect(amounts({ price: 8, cores: 2 }, { estimated_cost: 7.99, estimated_compute: 3 })).toEqual([8, 3]);
    expect(amounts({ price: 8 }, { estimated_cost: 8 })).toEqual([8, undefined]);
  });

  it.each<JsonObject>([{}, { price: 0 }, { price: -8 }, { price: '8' }, { price: [8] }, { price: null }])(
    'stays as it was estimated where the parameters say no amount: %j',
    (parameters) => {
      expect(amounts(parameters)).toEqual([undefined, undefined]);
      expect(amounts(parameters, { estimated_cost: 3 })).toEqual([3, undefined]);
    },
  );

  it('is not read from parameters where the type names none', () =>
    expect(withStatedAmounts({}, intent({ price: 8 }))).toEqual(intent({ price: 8 })));
});

describe('the content of an accepted intent', () => {
  const again = (sent: ActionIntentV1, partOf?: PartOfPlan) => {
    const recorded = acceptedContent(type, sent, partOf);
    const full = { ...recorded, action_type: { ...referenceTo(builtInActionTypes[0]!), ...type } };
    return { recorded, again: acceptedContentAgain(full) };
  };
  const partOf: PartOfPlan = { plan_id: 'p', node_id: 'n', role: 'node', approval: null };

  it.each([
    ['as it was sent', intent({})],
    ['with an amount that only the parameters say', intent({ price: 8, cores: 2 })],
    ['with a smaller estimate of its own', intent({ price: 8 }, { estimated_cost: 3, estimated_compute: 1 })],
    ['with a larger one', intent({ price: 8 }, { estimated_cost: 9 })],
  ])('%s comes out again from what is recorded, in a plan and outside', (_, sent) => {
    for (const whole of [undefined, partOf]) {
      const made = again(sent, whole);
      expect(made.again).toEqual(made.recorded);
      expect(made.recorded.content_hash).toBe(intentHash(sent, whole));
    }
  });

  it('is another one in a plan, whoever approved the plan', () => {
    const sent = intent({});
    expect(intentHash(sent, partOf)).not.toBe(intentHash(sent));
    expect(intentHash(sent, { ...partOf, role: 'preview' })).not.toBe(intentHash(sent, partOf));
  });
});
