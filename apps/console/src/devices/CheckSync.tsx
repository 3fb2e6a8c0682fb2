import type { ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { counted } from '../format.js';
import { ActionButton, Problem } from '../ui/parts.js';

const checkAll = async (ids: readonly string[]): Promise<readonly unknown[]> => {
  const refusals: unknown[] = [];
  for (const id of ids)
    await call('post', '/api/v1/devices/{id}/drift/check', { path: { id } }).catch((error: unknown) =>
      refusals.push(error),
    );
  return refusals;
};

type CheckSyncProps = {
  readonly ids: readonly string[];
  readonly label: string;
};
/** Compares devices with the values that Interlock last left on them. It changes no device. */
export const CheckSync = ({ ids, label }: CheckSyncProps): ReactElement => {
  const missing = useMissingScope('DEVICE_READ');
  const check = useSend(() => checkAll(ids), ['devices']);
  const [refusal, ...more] = check.data ?? [];
  return (
    <>
      <ActionButton
        size="sm"
        off={missing ?? (ids.length === 0 ? 'There is no device to compare' : undefined)}
        sending={check.isPending}
        onAct={() => check.mutate(undefined)}
      >
        {label}
      </ActionButton>
      {refusal === undefined ? null : (
        <Problem error={refusal} what={`${counted(more.length + 1, 'device')} could not be compared`} />
      )}
    </>
  );
};
