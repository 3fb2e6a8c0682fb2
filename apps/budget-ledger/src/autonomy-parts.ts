import type { ModeKey, StepCell } from '@interlock/autonomy';
import type { ModeStepDto } from './autonomy-answers.dto.js';
import type { Named } from './targets.js';

export const keyOf = ({
  account_id,
  action_type,
}: {
  account_id?: string;
  action_type?: string;
}): ModeKey => ({
  ...(account_id === undefined ? {} : { account_id }),
  ...(action_type === undefined ? {} : { action_type }),
});

export const typed = (name: string, pointer: string): Named => ({ kind: 'action_type', name, pointer });
export const namedBy = ({
  account_id,
  action_type,
}: {
  readonly account_id?: string | undefined;
  readonly action_type?: string | undefined;
}): readonly Named[] => [
  ...(account_id === undefined
    ? []
    : [{ kind: 'account', name: account_id, pointer: '/account_id' } as const]),
  ...(action_type === undefined ? [] : [typed(action_type, '/action_type')]),
];

export const stepView = ({ account_id, action_type, standing }: StepCell): ModeStepDto => ({
  account_id,
  action_type,
  standing: standing.kind,
});
