import {
  postureLevels,
  type PostureAnswer,
  type PostureGateTable,
  type Reason,
  type SeenPosture,
} from '@interlock/contracts';
import { shown } from '@interlock/kernel';
import { noHigher } from './covering.js';
import { ask, fail, pass, type GateContext, type Gate } from './gate.js';

type Sight = {
  readonly answer: SeenPosture;
  /** True if the action is a response to the posture. */
  readonly response?: true;
};

/** The gate's decision at each posture level, unless the tenant's table overrides it. */
const defaultPostureTable = {
  GREEN: 'pass',
  YELLOW: 'approval',
  ORANGE: 'approval',
  RED: 'deny',
} as const;

/** The gate's decision at each level. */
export const postureTableOf = ({ gate }: Pick<SeenPosture, 'gate'>): PostureGateTable =>
  gate ?? defaultPostureTable;

/** True for a response to the posture, which goes on at any level. */
const isResponse = ({ handler }: GateContext['type']): boolean => handler?.service === 'posture';

/** Returns the part of a posture that an action's record keeps. */
export const seenPosture = ({
  policy,
  effective,
  effective_reasons,
  inputs,
  evaluated_at,
  version,
  gate,
}: PostureAnswer): SeenPosture => ({
  policy,
  effective,
  effective_reasons,
  inputs,
  evaluated_at,
  version,
  ...(gate === undefined ? {} : { gate }),
});

/** Gate 2: the posture allows the action. */
export const postureGate: Gate<PostureAnswer, Sight> = {
  see: (answer, { type }) => ({
    answer: seenPosture(answer),
    ...(isResponse(type) ? { response: true } : {}),
  }),
  judge: ({ answer, response }) => {
    if (response) return pass;
    const reasons: readonly Reason[] = [
      { code: 'posture', detail: `effective posture is ${answer.effective}`, level: answer.effective },
      ...(answer.effective_reasons ?? []),
    ];
    switch (postureTableOf(answer)[answer.effective]) {
      case 'pass':
        return pass;
      case 'approval':
        return ask('approval', ...reasons);
      case 'deny':
        return fail(...reasons);
    }
  },
  summary: (saw, refuses) => {
    if (refuses) return saw;
    const {
      answer: { inputs: _inputs, effective_reasons: reasons = [], ...answer },
      ...rest
    } = saw;
    return {
      ...rest,
      answer: { ...answer, ...(reasons.length === 0 ? {} : { effective_reasons: reasons }) },
    };
  },
  refuse: () => ({ status: 'DENIED' }),
  content: ({ answer }) => ({ level: answer.effective }),
  covers: (said, now) => noHigher(postureLevels, now['level'], said['level']),
  lookAgain: ({ response = false }, { type }) => ({ recorded: response, replayed: isResponse(type) }),
  askAgain: ({ answer }, asked) => asked.posture(answer),
  tell: ({ answer }) => [
    `effective ${answer.effective}, by the signals ${answer.policy}, at position ${answer.version}`,
    ...Object.entries(answer.inputs ?? {}).map(([name, value]) => `${name} = ${shown(value)}`),
  ],
};
