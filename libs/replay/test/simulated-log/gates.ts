import { impactOf } from '@interlock/agents';
import {
  autoApprovalDecider,
  defaultAutoApprovalConfig,
  evaluateAutoApproval,
  explainMode,
  lookupInStates,
  modeDecider,
  modeStream,
  resolveMode,
} from '@interlock/autonomy';
import {
  defaults,
  type ActionIntentV1,
  type EvaluationAnswer,
  type ImpactEstimate,
  type JsonObject,
  type ModeAnswer,
  type PostureLevel,
  type SeenPrediction,
} from '@interlock/contracts';
import { uuidV5 } from '@interlock/kernel';
import { networkHandlerOf, networkState } from '@interlock/network';
import { buildContext, evaluate } from '@interlock/policy';
import {
  beforeOf,
  effectiveRisk,
  gateNames,
  judge,
  killSwitchDecider,
  killSwitchStreams,
  looksToRecord,
  predictionQuestion,
  sawOf,
  seeGate,
  type ActionState,
  type GateName,
  type Look,
} from '@interlock/rails';
import { predict } from '@interlock/twin';
import { type Journal, tenant, service } from './journal.ts';
import { assessed } from './posture.ts';

/** The inputs of each gate from this one on, until one of them ends the action. */
export const looksFrom = (log: Journal, state: ActionState, from: GateName): readonly Look[] =>
  looksAt(log, state, gateNames.slice(gateNames.indexOf(from), gateNames.indexOf('budget')));

/** The inputs of these gates, until one of them ends the action. */
export const looksAt = (log: Journal, state: ActionState, gates: readonly GateName[]): readonly Look[] => {
  const { intent } = state.accepted!;
  const together = gates.includes('posture') && gates.includes('prediction');
  let [looks, seen]: [readonly Look[], ActionState] = [[], state];
  for (const gate of gates) {
    const look = lookAt(log, gate, seen, intent, together);
    const record = judge(look);
    looks = [...looks, look];
    seen = { ...seen, gates: { ...seen.gates, [gate]: record } };
    if (record.verdict === 'fail' || record.verdict === 'error') break;
  }
  return looksToRecord(looks);
};

/** One of this many evaluations is also requested outside the action. */
const askedBeside = 7;

const lookAt = (
  log: Journal,
  gate: GateName,
  state: ActionState,
  intent: ActionIntentV1,
  together: boolean,
): Look => {
  const before = beforeOf(state.accepted!, (earlier) => sawOf(state, earlier));
  if (gate === 'autonomy_mode') return seeGate(gate, modeNow(log, intent), before);
  if (gate !== 'policy') return { gate, saw: seenBy(log, gate, state, intent) } as Look;
  const answer = evaluationNow(
    log,
    intent,
    sawOf(state, 'prediction')!.answer,
    sawOf(state, 'posture')!.answer.effective,
  );
  if (log.commands % askedBeside === 0) recordEvaluation(log, intent, answer);
  return seeGate('policy', answer, { ...before, together });
};

const modeNow = (log: Journal, intent: ActionIntentV1): ModeAnswer => {
  const modes = log.state(modeStream(tenant), modeDecider as never) as unknown as ReturnType<
    typeof modeDecider.evolve
  >;
  const resolved = resolveMode(lookupInStates(new Map([[tenant, modes]])), {
    tenant_id: tenant,
    account_id: intent.account_id,
    action_type: intent.action_type,
  });
  return {
    ...resolved,
    ...explainMode(resolved.mode, resolved.matched_level),
    time_zone: modes.time_zone,
    version: `${log.position}`,
  };
};

const seenBy = (
  log: Journal,
  gate: Exclude<GateName, 'policy' | 'autonomy_mode'>,
  state: ActionState,
  intent: ActionIntentV1,
): object => {
  const before = beforeOf(state.accepted!, (earlier) => sawOf(state, earlier));
  const prediction = sawOf(state, 'prediction')?.answer;
  switch (gate) {
    case 'kill_switch':
      return {
        switches: killSwitchStreams(tenant, intent.action_type).map((stream) => ({
          stream,
          revision: `${log.streams.get(stream)?.revision ?? -1n}`,
          engaged: (log.state(stream, killSwitchDecider as never) as { readonly engaged: boolean }).engaged,
        })),
      };
    case 'posture':
      return seeGate('posture', assessed(log), before).saw;
    case 'prediction': {
      if (
        prediction !== undefined &&
        log.now - Date.parse(prediction.made_at) < defaults.prediction_valid_s * 1000
      )
        return { answer: prediction };
      const question = predictionQuestion(intent, state.accepted!.action_type.read_only, log.at);
      const { expected, state: network } = estimateOf(log, state, intent) ?? {};
      const answer = predict(log.memory, {
        ...question,
        ...(expected === undefined ? {} : { expected }),
        ...(network === undefined ? {} : { state: network }),
      });
      return seeGate('prediction', answer, before).saw;
    }
    case 'blast_radius':
      return seeGate('blast_radius', estimateOf(log, state, intent), before).saw;
    case 'confidence':
      return seeGate('confidence', null, before).saw;
    case 'auto_approval': {
      const input = {
        tenant_id: tenant,
        account_id: intent.account_id,
        action_type: intent.action_type,
        confidence_score: Math.min(intent.confidence_score, prediction!.confidence),
        risk_level: effectiveRisk(intent, prediction!),
        autonomy_mode: sawOf(state, 'autonomy_mode')!.answer.mode,
        external_contact: false,
        lifecycle_state: 'ACTIVE',
      };
      const stream = `autonomy-${tenant}:auto_approval`;
      const { config } = log.state(stream, autoApprovalDecider as never) as {
        readonly config: typeof defaultAutoApprovalConfig;
      };
      return {
        input,
        answer: {
          ...evaluateAutoApproval(input, config),
          config: config as unknown as JsonObject,
          version: `${log.streams.get(stream)!.revision}`,
        },
      };
    }
    case 'budget':
      throw new Error('the budget is consumed');
  }
};

/** The KPIs of every cell, as its device would answer. */
const kpisOf = ({ topology }: Journal): ReadonlyMap<string, { readonly [kpi: string]: number }> =>
  new Map([...topology.cells.keys()].map((cell, i) => [cell, cellKpis(i)]));

const cellKpis = (i: number): { readonly [kpi: string]: number } => ({
  users: 100 + i,
  load_pct: 30 + (i % 40),
  latency_ms: 12,
  drop_rate_pct: 0.3,
  availability_pct: 99.9,
  throughput_mbps: 400,
});

/** The handler's estimate of the action's impact; null if it has no handler. */
const estimateOf = (log: Journal, state: ActionState, intent: ActionIntentV1): ImpactEstimate | null => {
  const type = state.accepted!.action_type;
  if (type.handler === null) return null;
  if (type.handler.service !== 'netconf-gateway') return impactOf(type, intent.parameters, null);
  const kpis = kpisOf(log);
  const estimate = networkHandlerOf(intent.action_type)!.estimateImpact(intent, log.topology, kpis);
  const network = networkState(intent.entity_id, estimate.neighbours, kpis);
  return network === undefined ? estimate : { ...estimate, state: network };
};

const evaluationNow = (
  log: Journal,
  intent: ActionIntentV1,
  prediction: SeenPrediction,
  posture: PostureLevel,
): EvaluationAnswer => {
  const [zone, settings] = ['Europe/Berlin', log.streams.get(`autonomy-${tenant}:auto_approval`)!];
  const id = uuidV5('evaluation', `${log.position}`, intent.intent_id);
  const { history = {}, system } = log.history.derived(tenant, intent, log.at);
  const context = buildContext(
    { intent, prediction, posture, at: log.at, dry_run: intent.dry_run === true },
    zone,
    { history, system: { ...system, load_pct: 40 } },
    false,
  );
  const evaluation = evaluate({
    evaluation_id: id,
    trace_id: id,
    agent: intent.agent,
    action_type: intent.action_type,
    context,
    policies: log.policies,
    bundle: log.bundle,
    confidence_thresholds: (settings.state as { readonly config: typeof defaultAutoApprovalConfig }).config
      .confidence_thresholds,
    versions: { auto_approval: `${settings.revision}`, time_zone: zone },
    position: `${log.position}`,
  });
  return { ...evaluation, input: { context, at: log.at } };
};

/** Records the same evaluation, requested outside the action. */
const recordEvaluation = (log: Journal, intent: ActionIntentV1, answer: EvaluationAnswer): void => {
  const { agent, action_type } = intent;
  const asked = { tenant_id: tenant, agent, action_type, action_id: null, request_id: null };
  const { context } = answer.input;
  log.append(
    `evaluation-${tenant}:${log.at.slice(0, 10)}`,
    [
      {
        type: 'EvaluationRecorded',
        data: {
          ...answer,
          evaluation_id: uuidV5('evaluation', answer.evaluation_id),
          input: { ...asked, ...answer.input, dry_run: context['dry_run'] === true },
        },
      },
    ],
    service('policy-evaluator'),
  );
};
