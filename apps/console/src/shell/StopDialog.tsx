import { Button, Radio } from '@mantine/core';
import { useQueries, useQuery } from '@tanstack/react-query';
import { systemTenant } from '@interlock/contracts';
import { useEffect, useState, type ReactElement } from 'react';
import { tenantStore } from '../api/client.js';
import { actionsQuery, runningStates, statusQuery, waitingStates } from '../api/queries.js';
import { useMissingScope, useSession } from '../api/session.js';
import { counted, sentence } from '../format.js';
import { useStore } from '../state/store.js';
import { Choice } from '../ui/forms/Choice.js';
import { cols } from '../ui/tables/Columns.js';
import { Dialog } from '../ui/dialogs/Dialog.js';
import { ActionButton, Problem } from '../ui/parts.js';
import { stopText } from './stops.js';
import { narrowTargets, reachText, type NarrowTarget, type Reach } from './targets.js';
import { useStop } from './use-stop.js';
import { Field } from '../ui/forms/Field.js';

type Scope = 'tenant' | 'narrow' | 'global';
const flying = runningStates.filter((state) => state !== 'PENDING');
const stillWaiting = ['PENDING', ...waitingStates] as const;

const sum = (
  counts: readonly ({ readonly [state: string]: number } | undefined)[],
  states: readonly string[],
): number =>
  counts.reduce((all, one) => all + states.reduce((total, state) => total + (one?.[state] ?? 0), 0), 0);

/**
 * Returns how many actions a stop would cancel and how many are in flight, summed over the given
 * counts.
 */
const reachOf = (...counts: readonly ({ readonly [state: string]: number } | undefined)[]): Reach => ({
  waiting: sum(counts, stillWaiting),
  inFlight: sum(counts, flying),
});

const optionCols = cols('16px 1fr auto', { gap: '1px 10px' });

type OptionProps = {
  readonly scope: Scope;
  readonly chosen: Scope;
  readonly title: string;
  readonly detail: string;
  readonly off?: string | undefined;
  readonly onChoose: (scope: Scope) => void;
};
const Option = ({ scope, chosen, title, detail, off, onChoose }: OptionProps): ReactElement => (
  <label className="opt grid" style={optionCols}>
    <Radio
      name="scope"
      value={scope}
      checked={chosen === scope}
      aria-disabled={off === undefined ? undefined : true}
      onChange={() => {
        if (off === undefined) onChoose(scope);
      }}
    />
    <b className={off === undefined ? undefined : 'muted'}>{title}</b>
    <span className="d">{off ?? detail}</span>
  </label>
);

const defaultReason = 'stopped by a person from the console';

type StopDialogProps = {
  readonly opened: boolean;
  readonly onClose: () => void;
};
/**
 * Stops with two keystrokes: Shift S opens the dialog with the tenant selected and the focus on the
 * reason, and Enter there stops.
 */
export const StopDialog = ({ opened, onClose }: StopDialogProps): ReactElement => {
  const { data: session } = useSession();
  const status = useQuery({ ...statusQuery(), enabled: opened });
  const chosenTenant = useStore(tenantStore);
  const missing = useMissingScope('AUTONOMOUS_KILL');
  const [scope, setScope] = useState<Scope>('tenant');
  const [narrow, setNarrow] = useState<NarrowTarget | undefined>();
  const [reason, setReason] = useState('');
  const [rollback, setRollback] = useState(false);
  const stop = useStop();
  const { reset } = stop;
  const tenant = chosenTenant ?? session?.tenants[0] ?? '';
  const system = session?.tenants.includes(systemTenant) === true;
  // The system's tenant has no actions, so only the global stop is offered there.
  const ofSystem = tenant === systemTenant;
  useEffect(() => {
    if (!opened) return;
    setScope(ofSystem ? 'global' : 'tenant');
    setReason('');
    setRollback(false);
    setNarrow(undefined);
    reset();
  }, [opened, ofSystem, reset]);
  const others = useQueries({
    queries: (session?.tenants ?? [])
      .filter((one) => one !== systemTenant)
      .map((one) => ({ ...statusQuery(one), enabled: opened && system })),
  });
  const open = useQueries({
    queries: [...stillWaiting, ...flying].map((state) => ({
      ...actionsQuery({ state, limit: 200 }),
      enabled: opened && !ofSystem,
    })),
  });
  const targets = narrowTargets(open.flatMap(({ data }) => data?.items ?? []));
  const isSame = (one: NarrowTarget): boolean =>
    narrow !== undefined && stopText(one.target) === stopText(narrow.target);
  // The selection stays, even if its target disappears from the list.
  const chosen = targets.find(isSame) ?? narrow ?? targets[0];
  const broad = scope === 'global' ? 'global' : 'tenant';
  const send = (): void => {
    if (missing !== undefined || stop.isPending) return;
    stop.mutate(
      {
        target: scope === 'narrow' && chosen !== undefined ? chosen.target : { scope: broad },
        tenant: scope === 'global' ? systemTenant : tenant,
        engaged: true,
        reason: reason.trim() === '' ? defaultReason : reason.trim(),
        rollback,
      },
      { onSuccess: onClose },
    );
  };
  return (
    <Dialog opened={opened} onClose={onClose} title="Stop automatic actions">
      <form
        className="col"
        style={{ gap: 14 }}
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <p className="sm muted">Nothing is sent yet.</p>
        <Field
          label="Reason, kept with the stop"
          data-autofocus
          value={reason}
          maxLength={2000}
          placeholder={defaultReason}
          onText={setReason}
        />
        <fieldset className="fm">
          <legend className="sm t2">What is stopped</legend>
          {ofSystem ? null : (
            <Option
              scope="tenant"
              chosen={scope}
              title={`Tenant ${tenant}`}
              detail={`All action types. ${reachText(reachOf(status.data?.actions, status.data?.dry_runs))}`}
              onChoose={setScope}
            />
          )}
          {ofSystem ? null : (
            <Option
              scope="narrow"
              chosen={scope}
              title="Part of it"
              detail={
                chosen === undefined
                  ? ''
                  : `${sentence(stopText(chosen.target))}: ${reachText(chosen).toLowerCase()}`
              }
              off={chosen === undefined ? 'Nothing waits or is in flight' : undefined}
              onChoose={(one) => {
                setScope(one);
                setNarrow(chosen);
              }}
            />
          )}
          {scope === 'narrow' ? (
            <Choice
              aria-label="Target to stop"
              value={chosen === undefined ? '' : stopText(chosen.target)}
              choices={targets.map(({ target, ...reach }) => ({
                value: stopText(target),
                label: `${sentence(stopText(target))}: ${reach.waiting} wait, ${reach.inFlight} in flight`,
              }))}
              onChoose={(text) => setNarrow(targets.find(({ target }) => stopText(target) === text))}
            />
          ) : null}
          <Option
            scope="global"
            chosen={scope}
            title="Everything, for all tenants"
            detail={`${reachText(reachOf(...others.flatMap(({ data }) => [data?.actions, data?.dry_runs])))}, of the ${counted(others.length, 'tenant')} that you see; nothing starts anywhere until it is released`}
            off={system ? undefined : 'Needs a token of the tenant _system, which this session does not have'}
            onChoose={setScope}
          />
        </fieldset>
        <fieldset className="fm">
          <legend className="sm t2">
            What is in flight: {reachOf(status.data?.actions, status.data?.dry_runs).inFlight}
          </legend>
          <label className="opt grid" style={optionCols}>
            <Radio name="flight" checked={!rollback} onChange={() => setRollback(false)} />
            <b>Is left to finish</b>
            <span className="d">validated and confirmed, or taken back by its own rails</span>
          </label>
          <label className="opt grid" style={optionCols}>
            <Radio name="flight" checked={rollback} onChange={() => setRollback(true)} />
            <b>Is taken back</b>
            <span className="d">every change that is not confirmed yet</span>
          </label>
        </fieldset>
        <p className="xs muted">
          It is acknowledged when every executor has answered, usually within 2 s. A release takes a second
          person.
        </p>
        {stop.isError ? <Problem error={stop.error} what="nothing was stopped" /> : null}
        <div className="row foot-bar">
          <span className="ml row">
            <Button size="lg" onClick={onClose}>
              Back <kbd>Esc</kbd>
            </Button>
            <ActionButton variant="stopped" size="lg" always off={missing} onAct={send} id="stop-now">
              {stop.isPending ? (
                'Engaging…'
              ) : (
                <>
                  Stop now <kbd>Enter</kbd>
                </>
              )}
            </ActionButton>
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
