import type { ActionIntentV1, ActionTypeV1 } from '@interlock/contracts';

const amountIn = ({ parameters }: Pick<ActionIntentV1, 'parameters'>, name: string | undefined): number => {
  const value = name === undefined || !Object.hasOwn(parameters, name) ? 0 : parameters[name];
  return typeof value === 'number' && value > 0 ? value : 0;
};

/**
 * Returns the intent with the cost and the compute from its parameters. This applies if the action
 * type names a parameter for them (`impact`) and the intent's own estimate is smaller or absent. So
 * policies and budgets use what the action requests, whatever its agent estimates.
 */
export const withStatedAmounts = (
  { impact }: Pick<ActionTypeV1, 'impact'>,
  intent: ActionIntentV1,
): ActionIntentV1 => {
  const cost = amountIn(intent, impact?.cost);
  const compute = amountIn(intent, impact?.compute);
  return {
    ...intent,
    ...(cost > (intent.estimated_cost ?? 0) ? { estimated_cost: cost } : {}),
    ...(compute > (intent.estimated_compute ?? 0) ? { estimated_compute: compute } : {}),
  };
};
