export const demoAgent = 'ran-optimizer';
export const demoAccount = 'ran-north';
/** The entity of the first intent of docs/integrating.md; the demo does not use it. */
export const readersCell = 'cell-005-1';

/** The policies of the tenant `demo`. */
export const demoPolicies: readonly object[] = [
  {
    policy_id: 'cell-failover',
    name: 'Cell failover within a site',
    action_types: ['cell_failover'],
    decision: 'ALLOW',
    max_affected_entities: 6,
    min_confidence: 0.75,
    conditions: [],
  },
  {
    policy_id: 'busy-neighbours',
    name: 'A person may stop a failover with a large offset',
    action_types: ['cell_failover'],
    decision: 'CONFIRM',
    confirmation_window_s: 30,
    on_elapse: 'proceed',
    conditions: [{ field: 'parameters.cell_individual_offset', op: '>=', value: 6 }],
  },
];

export const demoBundle = {
  version: '1.0.0',
  notes: 'What the optimiser of the demo may do by itself',
  rules: [
    {
      id: 'cf-power',
      agent: '*',
      action: 'cell_failover',
      effect: 'deny',
      priority: 200,
      conditions: [{ field: 'parameters.power_raise_db', op: '>', value: 5 }],
      reason: 'Raising power by more than 5 dB needs a new radio plan',
    },
    {
      id: 'cf-optimizer',
      agent: demoAgent,
      action: 'cell_failover',
      effect: 'allow',
      priority: 100,
      conditions: [{ field: 'risk_score', op: '<=', value: 40 }],
      reason: 'A failover of low risk is routine',
      budget: { cost: 25, compute: 5 },
    },
    {
      id: 'cf-other',
      agent: '*',
      action: 'cell_failover',
      effect: 'needs_approval',
      priority: 10,
      conditions: [],
      reason: 'Everything else is for a person to decide',
      budget: { cost: 25, compute: 5 },
    },
  ],
};

/** The script makes 1,920 intents a day, so the optimiser alone never uses the budget up. */
export const demoBudget = { max_autonomous_per_day: 2500, max_per_action_type: { cell_failover: 2500 } };
