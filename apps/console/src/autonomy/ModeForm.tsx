import { useState, type ReactElement } from 'react';
import { call, tenantStore } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { Act, Problem } from '../ui/parts.js';
import { modeLook, modes } from './modes.js';
import type { Mode } from './queries.js';

/** A place of the matrix: an undefined account is the tenant, an undefined type is every one that has none of its own. */
export type Place = { readonly account: string | undefined; readonly type: string | undefined };

const namesOf = ({ account, type }: Place): { account_id?: string; action_type?: string } => ({
  ...(account === undefined ? {} : { account_id: account }),
  ...(type === undefined ? {} : { action_type: type }),
});

/** Sets the mode of a place, or removes what is set there. `isSet`: whether something is. */
export const ModeForm = ({
  place,
  isSet,
}: {
  readonly place: Place;
  readonly isSet: boolean;
}): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const [mode, setMode] = useState<Mode | ''>('');
  const put = useSend(
    (chosen: Mode) =>
      call('put', '/api/v1/autonomy/config', {
        tenant: tenantStore.get(),
        body: { mode: chosen, ...namesOf(place) },
      }),
    ['autonomy'],
  );
  const remove = useSend(
    () => call('delete', '/api/v1/autonomy/config', { tenant: tenantStore.get(), query: namesOf(place) }),
    ['autonomy'],
  );
  return (
    <>
      <div className="b row wrap" style={{ borderTop: '1px solid var(--line)' }}>
        <select
          id="mode"
          aria-label="New mode"
          style={{ width: 'auto' }}
          value={mode}
          onChange={(event) => {
            setMode(modes.find((one) => one === event.target.value) ?? '');
          }}
        >
          <option value="">Change mode…</option>
          {modes.map((one) => (
            <option key={one} value={one}>
              {modeLook[one].word}
            </option>
          ))}
        </select>
        <Act
          className="sm"
          off={
            missing ??
            (mode === '' ? 'Choose a mode first' : undefined) ??
            (put.isPending ? 'It is being sent' : undefined)
          }
          onAct={() => {
            if (mode !== '')
              put.mutate(mode, {
                onSuccess: () => {
                  setMode('');
                },
              });
          }}
        >
          {put.isPending ? 'Sending…' : 'Set it here'}
        </Act>
        <Act
          className="sm"
          off={
            missing ??
            (isSet ? undefined : 'Nothing is set right here') ??
            (remove.isPending ? 'It is being sent' : undefined)
          }
          onAct={() => {
            remove.mutate(undefined);
          }}
        >
          Remove
        </Act>
      </div>
      {put.isError ? <Problem error={put.error} what="nothing was changed" /> : null}
      {remove.isError ? <Problem error={remove.error} what="nothing was removed" /> : null}
    </>
  );
};
