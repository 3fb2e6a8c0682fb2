import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type ReactElement } from 'react';
import { call, tenantStore } from '../api/client.js';
import { runningStates, statusQuery, waitingStates, type Receipt } from '../api/queries.js';
import { useMissingScope, useSession } from '../api/session.js';
import { counted, durationText } from '../format.js';
import { createStore, useStore } from '../state/store.js';
import { Dialog } from '../ui/Dialog.js';
import { Act, Problem } from '../ui/parts.js';

/** The newest receipt of this browser, for the banner. */
export const receiptStore = createStore<Receipt | undefined>(undefined);

type Scope = 'tenant' | 'global';
type Sent = {
  readonly scope: Scope;
  readonly engaged: boolean;
  readonly reason: string;
  readonly rollback: boolean;
};

const sum = (counts: { readonly [state: string]: number } | undefined, states: readonly string[]): number =>
  states.reduce((total, state) => total + (counts?.[state] ?? 0), 0);

/** Engages or releases; the answer is the receipt, however long the acknowledgement takes. */
export const useStop = () => {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ scope, engaged, reason, rollback }: Sent) =>
      call('post', '/api/v1/autonomous/kill-switch', {
        body: { scope, engaged, reason, ...(engaged ? { rollback_in_flight: rollback } : {}) },
      }),
    // It is the one thing that is tried again until somebody answered.
    retry: (count, error) => count < 20 && error.message.includes('could not be reached'),
    retryDelay: 1000,
    onSuccess: (receipt) => {
      receiptStore.set(receipt);
    },
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['status'] }),
        queries.invalidateQueries({ queryKey: ['actions'] }),
      ]),
  });
};

const Option = ({
  scope,
  chosen,
  title,
  detail,
  off,
  onChoose,
}: {
  readonly scope: Scope;
  readonly chosen: Scope;
  readonly title: string;
  readonly detail: string;
  readonly off?: string | undefined;
  readonly onChoose: (scope: Scope) => void;
}): ReactElement => (
  <label className={`opt ${chosen === scope ? 'on' : ''} ${off === undefined ? '' : 'off'}`}>
    <input
      type="radio"
      name="scope"
      value={scope}
      checked={chosen === scope}
      aria-disabled={off === undefined ? undefined : true}
      onChange={() => {
        if (off === undefined) onChoose(scope);
      }}
    />
    <b>{title}</b>
    <span className="s">{off ?? detail}</span>
  </label>
);

const defaultReason = 'stopped by a person from the console';

/** Two keystrokes: Shift S opens it with the tenant chosen and the focus on the reason, Enter there stops. */
export const StopDialog = ({
  opened,
  onClose,
}: {
  readonly opened: boolean;
  readonly onClose: () => void;
}): ReactElement => {
  const { data: session } = useSession();
  const status = useQuery({ ...statusQuery(), enabled: opened });
  const chosenTenant = useStore(tenantStore);
  const missing = useMissingScope('AUTONOMOUS_KILL');
  const [scope, setScope] = useState<Scope>('tenant');
  const [reason, setReason] = useState('');
  const [rollback, setRollback] = useState(false);
  const stop = useStop();
  const { reset } = stop;
  useEffect(() => {
    if (!opened) return;
    setScope('tenant');
    setReason('');
    setRollback(false);
    reset();
  }, [opened, reset]);
  const tenant = chosenTenant ?? session?.tenants[0] ?? '';
  const system = session?.tenants.includes('_system') === true;
  const waiting = sum(status.data?.actions, ['PENDING', ...waitingStates]);
  const inFlight = sum(
    status.data?.actions,
    runningStates.filter((state) => state !== 'PENDING'),
  );
  const send = (): void => {
    if (missing !== undefined || stop.isPending) return;
    stop.mutate(
      { scope, engaged: true, reason: reason.trim() === '' ? defaultReason : reason.trim(), rollback },
      { onSuccess: onClose },
    );
  };
  return (
    <Dialog opened={opened} onClose={onClose} title="Stop actions">
      <form
        className="dlg"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <label className="col" style={{ gap: 4 }}>
          <span className="sm t2">Reason, kept with the stop</span>
          <input
            data-autofocus
            value={reason}
            maxLength={2000}
            placeholder={defaultReason}
            onChange={(event) => {
              setReason(event.target.value);
            }}
          />
        </label>
        <fieldset>
          <legend>What is stopped</legend>
          <Option
            scope="tenant"
            chosen={scope}
            title={`Tenant ${tenant}`}
            detail={`${counted(waiting, 'action')} that wait would be cancelled, ${counted(inFlight, 'is', 'are')} in flight`}
            onChoose={setScope}
          />
          <Option
            scope="global"
            chosen={scope}
            title="Everything, for all tenants"
            detail="Nothing starts anywhere until it is released"
            off={system ? undefined : 'Needs a token of the tenant _system, which this session does not have'}
            onChoose={setScope}
          />
        </fieldset>
        <fieldset>
          <legend>What is in flight</legend>
          <label className={`opt ${rollback ? '' : 'on'}`}>
            <input
              type="radio"
              name="flight"
              checked={!rollback}
              onChange={() => {
                setRollback(false);
              }}
            />
            <b>Is left to finish</b>
            <span className="s">validated and confirmed, or taken back by its own rails</span>
          </label>
          <label className={`opt ${rollback ? 'on' : ''}`}>
            <input
              type="radio"
              name="flight"
              checked={rollback}
              onChange={() => {
                setRollback(true);
              }}
            />
            <b>Is taken back</b>
            <span className="s">every change that is not confirmed yet</span>
          </label>
        </fieldset>
        {stop.isError ? <Problem error={stop.error} what="nothing was stopped" /> : null}
        <div className="df">
          <span className="xs muted">Enter stops; Esc closes.</span>
          <span className="ml row">
            <button type="button" className="btn lg" onClick={onClose}>
              Close
            </button>
            <Act className="stop on lg" off={missing} onAct={send} id="stop-now">
              {stop.isPending ? 'Engaging…' : 'Stop now'}
            </Act>
          </span>
        </div>
        {missing === undefined ? null : <p className="why-off">{missing}.</p>}
        <button type="submit" className="vh" tabIndex={-1} aria-hidden="true">
          Stop now
        </button>
      </form>
    </Dialog>
  );
};

/** What a stop came to, in words. */
export const receiptText = (receipt: Receipt): string =>
  [
    `${receipt.cancelled.length} cancelled`,
    `${receipt.in_flight.length} in flight${receipt.rollback_in_flight ? ', taken back' : ', left to finish'}`,
    ...(receipt.not_told.length === 0 ? [] : [`${receipt.not_told.length} could not be told`]),
    `stopped after ${durationText(receipt.time_to_stop_ms)}`,
  ].join(' · ');
