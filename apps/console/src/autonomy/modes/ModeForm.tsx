import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { call, isUnseen } from '../../api/client.js';
import { useSend } from '../../api/send.js';
import { useMissingScope } from '../../api/session.js';
import { Choice } from '../../ui/forms/Choice.js';
import { Dialog } from '../../ui/dialogs/Dialog.js';
import { ActionButton, Problem } from '../../ui/parts.js';
import { ReasonDialog } from '../../ui/dialogs/ReasonDialog.js';
import { Chip } from '../../ui/states.js';
import { ModeEvidence } from './ModeEvidence.js';
import { cellOf, loosensMode, modeLook, modes, type Place } from './modes.js';
import { earnedQuery, type Mode, type ModeEntry } from '../queries.js';

const namesOf = ({ account, type }: Place): { account_id?: string; action_type?: string } => ({
  ...(account === undefined ? {} : { account_id: account }),
  ...(type === undefined ? {} : { action_type: type }),
});

type BecomesProps = {
  readonly before: Mode | undefined;
  readonly after: Mode | undefined;
};
const Becomes = ({ before, after }: BecomesProps): ReactElement => (
  <p className="row wrap">
    {before === undefined ? <span className="muted">nothing set</span> : <Chip look={modeLook[before]} />}
    <span className="muted" aria-label="becomes">
      →
    </span>
    {after === undefined ? <span className="muted">nothing set</span> : <Chip look={modeLook[after]} />}
  </p>
);

type ModeFormProps = {
  readonly place: Place;
  readonly entries: readonly ModeEntry[];
};
/** Sets the mode of a place or removes it. Both show the consequences first. */
export const ModeForm = ({ place, entries }: ModeFormProps): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const earned = useQuery(earnedQuery());
  const [mode, setMode] = useState<Mode | ''>('');
  const [open, setOpen] = useState<'set' | 'remove' | undefined>();
  const put = useSend(
    ({
      chosen,
      reason,
      force,
    }: {
      readonly chosen: Mode;
      readonly reason: string;
      readonly force: boolean;
    }) =>
      call('put', '/api/v1/autonomy/config', {
        body: { mode: chosen, reason, ...namesOf(place), ...(force ? { force } : {}) },
      }),
    ['autonomy'],
    ({ chosen }) => `The mode is ${modeLook[chosen].word}.`,
  );
  const remove = useSend(
    () => call('delete', '/api/v1/autonomy/config', { query: namesOf(place) }),
    ['autonomy'],
    'The mode was removed.',
  );
  const { account, type } = place;
  const here = cellOf(entries, account, type);
  const isSet = here?.own === true;
  const without = cellOf(
    entries.filter(({ account_id: a, action_type: t }) => a !== account || t !== type),
    account,
    type,
  )?.mode;
  const where = `${account ?? 'any account'}, ${type ?? 'any type'}`;
  // The user must see the outcomes before loosening a mode.
  const off = missing ?? (earned.data === undefined ? 'The record is still loading' : undefined);
  // After the name was refused as unknown, pressing the button again sets it anyway.
  const force = isUnseen(put.error);
  const close = (): void => {
    setOpen(undefined);
    put.reset();
  };
  return (
    <>
      <div className="b row wrap" style={{ borderTop: '1px solid var(--line)' }}>
        <Choice<Mode | ''>
          id="mode"
          aria-label="New mode"
          style={{ width: 'auto' }}
          value={mode}
          choices={[
            { value: '', label: 'Change mode…' },
            ...modes.map((value) => ({ value, label: modeLook[value].word })),
          ]}
          onChoose={setMode}
        />
        <ActionButton
          size="sm"
          off={off ?? (mode === '' ? 'Choose a mode first' : undefined)}
          onAct={() => setOpen('set')}
        >
          Set it here…
        </ActionButton>
        <ActionButton
          size="sm"
          off={off ?? (isSet ? undefined : 'Nothing is set here')}
          onAct={() => setOpen('remove')}
        >
          Remove…
        </ActionButton>
      </div>
      {mode === '' ? null : (
        <ReasonDialog
          opened={open === 'set'}
          onClose={close}
          title={`Change the mode of ${where}`}
          act={`Set ${modeLook[mode].word}${force ? ' all the same' : ''}`}
          danger={loosensMode(here?.mode, mode)}
          send={put}
          onSend={(reason) =>
            put.mutate(
              { chosen: mode, reason, force },
              {
                onSuccess: () => {
                  close();
                  setMode('');
                },
              },
            )
          }
        >
          <Becomes before={here?.mode} after={mode} />
          <ModeEvidence place={place} entries={entries} after={mode} records={earned.data?.items ?? []} />
        </ReasonDialog>
      )}
      <Dialog opened={open === 'remove'} onClose={close} title={`Remove the mode of ${where}`} size={480}>
        <div className="col" style={{ gap: 12 }}>
          <Becomes before={here?.mode} after={without} />
          <ModeEvidence
            place={place}
            entries={entries}
            after={without ?? 'APPROVAL_REQUIRED'}
            removed
            records={earned.data?.items ?? []}
          />
          <div className="row">
            <Button onClick={close}>Go back</Button>
            <span className="grow" />
            <ActionButton
              variant={loosensMode(here?.mode, without ?? 'APPROVAL_REQUIRED') ? 'danger' : 'filled'}
              off={off}
              sending={remove.isPending}
              onAct={() => remove.mutate(undefined, { onSuccess: close })}
            >
              Remove the mode
            </ActionButton>
          </div>
          {remove.isError ? <Problem error={remove.error} what="nothing was removed" /> : null}
        </div>
      </Dialog>
    </>
  );
};
