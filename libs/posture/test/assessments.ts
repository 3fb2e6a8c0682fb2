import type { JsonValue, PostureInputs, PostureLevel, PostureSignalName } from '@interlock/contracts';
import { fold } from '@interlock/kernel';
import {
  assess,
  defaultPostureConfig,
  levelDecider,
  noHistory,
  type AssessInput,
  type LevelHistory,
  type PostureConfig,
  type RecordLevel,
  type SignalState,
  type SignalStates,
} from '../src/index.js';

export const now = '2026-01-01T12:00:00.000Z';
export const ago = (seconds: number): string => new Date(Date.parse(now) - seconds * 1000).toISOString();
export const healthy: PostureInputs = {
  trust_locked: false,
  integrity_score: 97.5,
  consensus_pct: 95,
  reputation_score: 85,
  forecast_risk: 'low',
  recent_responses: 2,
};

export const state = (value: JsonValue, age = 1, source = 'probe'): SignalState => ({
  report: { value, at: ago(age), source },
  refused: null,
});
export const states = (values: Partial<PostureInputs>, age = 1): SignalStates =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, state(value, age)]));
export const config = (over: Partial<PostureConfig> = {}): PostureConfig => ({
  ...defaultPostureConfig,
  ...over,
});
export const posture = (over: Partial<AssessInput> = {}) =>
  assess({
    tenant_id: 'demo',
    own: states(healthy),
    system: {},
    config: config(),
    history: noHistory,
    now,
    version: '7',
    ...over,
  });
export const without = (name: PostureSignalName): SignalStates =>
  Object.fromEntries(Object.entries(states(healthy)).filter(([each]) => each !== name));
export const codes = (answer: ReturnType<typeof posture>): readonly string[] =>
  answer.effective_reasons.map(({ code }) => code);

export const record = (target: PostureLevel, at: string, dwell_s = 60, policy = target): RecordLevel => ({
  kind: 'RecordLevel',
  policy,
  target,
  dwell_s,
  floor: 'GREEN',
  now: at,
  reasons: [],
  red_triggers: [],
  orange_triggers: [],
  yellow_triggers: [],
  inputs: healthy,
});
export const history = (...changes: readonly (readonly [PostureLevel, number])[]): LevelHistory =>
  changes.reduce<LevelHistory>((before, [target, age]) => {
    const command = record(target, ago(age));
    return fold(levelDecider, levelDecider.decide(command, before), { occurred_at: command.now }, before);
  }, noHistory);
