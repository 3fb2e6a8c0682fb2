import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { systemTenant } from '@interlock/contracts';
import { useEffect, useState, type ReactElement } from 'react';
import { call, tenantStore } from '../api/client.js';
import { runningStates, statusQuery, waitingStates, type Receipt } from '../api/queries.js';
import { useMissingScope, useSession } from '../api/session.js';
import { counted, durationText } from '../format.js';
import { createStore, useStore } from '../state/store.js';
import { Dialog } from '../ui/Dialog.js';
import { Act, Problem } from '../ui/parts.js';
import { readAskedAs, sessionMark, type Target } from './stops.js';

/** The newest receipt of engaging that this browser has, by the tenant that the switch was called with, for the banner. */
export const receiptStore = createStore<{ readonly [tenant: string]: Receipt }>({});
const askedName = 'interlock.asked';
const askedAs = createStore(readAskedAs(localStorage.getItem(askedName)));

/** As whom the person of this session asked for a release in a tenant; undefined where they have not. */
export const useAskedAs = (tenant: string): string | undefined => {
  const { data } = useSession();
  const { session, by } = useStore(askedAs);
  return session === sessionMark(data) ? by[tenant] : undefined;
};

type Scope = 'tenant' | 'global';
type Sent = {
  readonly target: Target;
  /** As it was when somebody decided, however late this is sent: the system's for scope global. */
  readonly tenant: string;
  readonly engaged: boolean;
  readonly reason: string;
  readonly rollback: boolean;
};

const sum = (counts: { readonly [state: string]: number } | undefined, states: readonly string[]): number =>
  states.reduce((total, state) => total + (counts?.[state] ?? 0), 0);

const keepAsked = (session: string, tenant: string, by: string): void => {
  const before = askedAs.get();
  const next = { session, by: { ...(before.session === session ? before.by : {}), [tenant]: by } };
  localStorage.setItem(askedName, JSON.stringify(next));
  askedAs.set(next);
};

/** Engages or releases; the answer is the receipt, however long the acknowledgement takes. */
export const useStop = () => {
  const queries = useQueryClient();
  const { data: session } = useSession();
  return useMutation({
    mutationFn: ({ target, tenant, engaged, reason, rollback }: Sent) =>
      call('post', '/api/v1/autonomous/kill-switch', {
        tenant,
        body: { ...target, engaged, reason, ...(engaged ? { rollback_in_flight: rollback } : {}) },
      }),
    // It is the one thing that is tried again until somebody answered.
    retry: (count, error) => count < 20 && error.message.includes('could not be reached'),
    retryDelay: 1000,
    onSuccess: (receipt, { engaged, tenant }) => {
      if (engaged) receiptStore.set({ ...receiptStore.get(), [tenant]: receipt });
      // Still engaged after a release: whoever asks the log for it is this person, or it would be released.
      else if (receipt.engaged && receipt.release_requested !== null)
        keepAsked(sessionMark(session), tenant, receipt.release_requested.by);
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
  const tenant = chosenTenant ?? session?.tenants[0] ?? '';
  const system = session?.tenants.includes(systemTenant) === true;
  // The system's tenant has no actions: only everybody's can be stopped from there.
  const ofSystem = tenant === systemTenant;
  useEffect(() => {
    if (!opened) return;
    setScope(ofSystem ? 'global' : 'tenant');
    setReason('');
    setRollback(false);
    reset();
  }, [opened, ofSystem, reset]);
  const waiting = sum(status.data?.actions, ['PENDING', ...waitingStates]);
  const inFlight = sum(
    status.data?.actions,
    runningStates.filter((state) => state !== 'PENDING'),
  );
  const send = (): void => {
    if (missing !== undefined || stop.isPending) return;
    stop.mutate(
      {
        target: { scope },
        tenant: scope === 'global' ? systemTenant : tenant,
        engaged: true,
        reason: reason.trim() === '' ? defaultReason : reason.trim(),
        rollback,
      },
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
          {ofSystem ? null : (
            <Option
              scope="tenant"
              chosen={scope}
              title={`Tenant ${tenant}`}
              detail={`${counted(waiting, 'action')} that wait would be cancelled, ${counted(inFlight, 'is', 'are')} in flight`}
              onChoose={setScope}
            />
          )}
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
            <Act className="stop on lg" always off={missing} onAct={send} id="stop-now">
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
