import {
  postureLevels,
  type PostureAnswer,
  type PostureLevel,
  type Reason,
  type SeenPosture,
} from '@interlock/contracts';
import { shown } from '@interlock/kernel';
import { noHigher } from './covering.js';
import { ask, fail, pass, type GateContext, type Gate } from './gate.js';

type Sight = {
  readonly answer: SeenPosture;
  readonly table: { readonly [level in PostureLevel]: 'pass' | 'approval' | 'deny' };
  readonly response: boolean;
};

/** Posture level → what the gate does, unless the tenant's table says otherwise. */
export const defaultPostureTable = {
  GREEN: 'pass',
  YELLOW: 'approval',
  ORANGE: 'approval',
  RED: 'deny',
} as const;

/** True for what answers the posture itself, which goes on at any level. */
const isResponse = ({ type }: GateContext): boolean => type.handler?.service === 'posture';

/** A posture as an action's record keeps it. */
export const seenPosture = ({
  tenant_id,
  policy,
  effective,
  effective_reasons,
  inputs,
  evaluated_at,
  version,
  gate,
}: SeenPosture): SeenPosture => ({
  tenant_id,
  policy,
  effective,
  effective_reasons,
  inputs,
  evaluated_at,
  version,
  ...(gate === undefined ? {} : { gate }),
});

/** Gate 2: the posture lets the action go on. */
export const postureGate: Gate<PostureAnswer, Sight> = {
  see: (answer, before) => ({
    answer: seenPosture(answer),
    table: answer.gate ?? defaultPostureTable,
    response: isResponse(before),
  }),
  judge: ({ answer, table, response }) => {
    if (response) return pass;
    const reasons: readonly Reason[] = [
      { code: 'posture', detail: `effective posture is ${answer.effective}`, level: answer.effective },
      ...answer.effective_reasons,
    ];
    switch (table[answer.effective]) {
      case 'pass':
        return pass;
      case 'approval':
        return ask('approval', ...reasons);
      case 'deny':
        return fail(...reasons);
    }
  },
  refuse: () => ({ status: 'DENIED' }),
  content: ({ answer }) => ({ level: answer.effective }),
  covers: (said, now) => noHigher(postureLevels, now['level'], said['level']),
  lookAgain: ({ table, response, answer }, before) => ({
    recorded: { table, response, tenant_id: answer.tenant_id },
    replayed: {
      table: answer.gate ?? defaultPostureTable,
      response: isResponse(before),
      tenant_id: before.intent.tenant_id,
    },
  }),
  askAgain: ({ answer }, asked) => asked.posture(answer),
  tell: ({ answer }) => [
    `effective ${answer.effective}, by the signals ${answer.policy}, at position ${answer.version}`,
    ...Object.entries(answer.inputs ?? {}).map(([name, value]) => `${name} = ${shown(value)}`),
  ],
};
