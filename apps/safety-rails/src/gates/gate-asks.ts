import {
  defaults,
  type AutoApproveRequest,
  type ImpactEstimate,
  type SeenPrediction,
  type RpcAnswer,
  type CalledName,
  type RpcRequest,
} from '@interlock/contracts';
import { isProblem, ProblemError } from '@interlock/kernel';
import type { RpcClient } from '@interlock/jetstream';
import { nowText } from '@interlock/platform';
import {
  autoApprovalQuestion,
  followsLoad,
  need,
  predictionQuestion,
  sawOf,
  type AcceptedAction,
  type GateContext,
  type GateAnswer,
  type LookedAtGate,
} from '@interlock/rails';
import type { KillSwitches } from '../kill-switch/kill-switches.js';

/**
 * The data that are known when a gate is asked. `fresh`: every service first confirms that it is
 * current.
 */
export type GateQuestion = {
  readonly state: AcceptedAction;
  readonly before: GateContext;
  readonly fresh: boolean;
  /** The handler's estimate of the action's impact, which is requested before gate 1. */
  readonly estimated: () => Promise<ImpactEstimate | null>;
};

/**
 * How a gate is asked. `owner` is the service to wait for if there is no answer. `ahead`: the gate
 * may be asked before the earlier gates have answered.
 */
type GateAsk<G extends LookedAtGate> = {
  readonly owner: string;
  readonly ahead: boolean;
  readonly ask: (asking: GateQuestion) => Promise<GateAnswer[G]>;
};
export type GateAsks = { readonly [G in LookedAtGate]: GateAsk<G> };

const clockSkewS = 60;

/** Returns how every gate is asked. */
export const gateAsks = (
  rpc: Pick<RpcClient, 'call'>,
  switches: Pick<KillSwitches, 'known' | 'read'>,
): GateAsks => {
  const call = async <N extends CalledName>(name: N, request: RpcRequest<N>): Promise<RpcAnswer<N>> => {
    const answer: unknown = await rpc.call(name, request);
    if (typeof answer !== 'object' || answer === null)
      throw new ProblemError('internal-error', `\`${name}\` answered nothing that can be read`);
    return answer as RpcAnswer<N>;
  };
  const estimate = async ({ intent, type }: GateContext): Promise<ImpactEstimate | null> => {
    if (type.handler === null) return null;
    const { tenant_id, action_type, entity_id, parameters } = intent;
    return call(`${type.handler.service}.estimate_impact`, {
      tenant_id,
      action_type,
      entity_id,
      parameters,
      ...(type.version === undefined ? {} : { action_type_version: type.version }),
    });
  };
  /**
   * Asks the twin. If it can only guess, the handler's network model may know more. If its outcomes
   * depend on the network's state, the handler reads that state.
   */
  const predict = async ({
    before: { intent, type },
    fresh,
    estimated,
  }: GateQuestion): Promise<SeenPrediction> => {
    const question = { ...predictionQuestion(intent, type.read_only, nowText()), fresh };
    const answer = await call('digital-twin.predict', question);
    const isGuess = answer.basis === 'heuristic';
    if (!isGuess && answer.lacks_state !== true) return answer;
    // Gate 6 asks for the estimate too. If it cannot be had, that gate says so.
    const { expected, state } = (await estimated().catch(() => null)) ?? {};
    const known = isGuess ? expected !== undefined && { expected } : state !== undefined && { state };
    if (known === false) return answer;
    try {
      return await call('digital-twin.predict', { ...question, ...known });
    } catch (error) {
      // If the second answer cannot be had, the first one remains, so that a person decides.
      if (isProblem(error)) return answer;
      throw error;
    }
  };
  return {
    kill_switch: {
      owner: 'log',
      ahead: false,
      ask: async ({ before, fresh, estimated }) => {
        const siteOf = async (): Promise<string | null> => (await estimated())?.site_id ?? null;
        // An index that lags, e.g. under load, causes no wait, because the heads themselves are
        // read.
        return (
          (fresh ? undefined : await switches.known(before.intent, siteOf)) ??
          switches.read(before.intent, siteOf)
        );
      },
    },
    posture: {
      owner: 'posture',
      ahead: true,
      ask: ({ before: { intent }, fresh }) => call('posture.posture', { tenant_id: intent.tenant_id, fresh }),
    },
    autonomy_mode: {
      owner: 'budget-ledger',
      ahead: true,
      ask: ({
        before: {
          intent: { tenant_id, account_id, action_type, affected_entity_count },
        },
        fresh,
      }) => call('budget-ledger.mode', { tenant_id, account_id, action_type, affected_entity_count, fresh }),
    },
    prediction: {
      owner: 'digital-twin',
      ahead: true,
      ask: async (asking) => validPrediction(asking) ?? predict(asking),
    },
    policy: {
      owner: 'policy-evaluator',
      ahead: false,
      ask: async ({ state, before: { intent, prediction, posture }, fresh }) =>
        call('policy-evaluator.evaluate', {
          tenant_id: intent.tenant_id,
          intent,
          prediction: need(prediction, 'the prediction'),
          posture: need(posture, 'the posture').effective,
          at: nowText(),
          fresh,
          action_id: state.accepted.action_id,
          dry_run: intent.dry_run === true,
        }),
    },
    blast_radius: {
      owner: 'netconf-gateway',
      ahead: true,
      ask: ({ before }) => estimate(before),
    },
    confidence: { owner: 'safety-rails', ahead: false, ask: () => Promise.resolve(null) },
    auto_approval: {
      owner: 'policy-evaluator',
      ahead: false,
      ask: async ({ before, fresh }) => {
        const input: AutoApproveRequest = autoApprovalQuestion(before, fresh);
        return { input, answer: await call('policy-evaluator.auto_approve', input) };
      },
    },
  };
};

/**
 * Returns the prediction of an earlier look if it is still valid. A prediction from the future,
 * made by a wrong clock, is requested again, because it would never become old. A prediction that
 * follows the load, or lacks it, is of its time, so a fresh look requests it again.
 */
const validPrediction = ({ state, fresh }: GateQuestion): SeenPrediction | undefined => {
  const earlier = sawOf(state, 'prediction')?.answer;
  if (earlier === undefined) return undefined;
  if (fresh && (followsLoad(earlier) || earlier.lacks_state === true)) return undefined;
  const ageS = (Date.now() - Date.parse(earlier.made_at)) / 1000;
  return ageS < defaults.prediction_valid_s && ageS > -clockSkewS ? earlier : undefined;
};
