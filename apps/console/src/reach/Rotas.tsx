import { Input } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { reachQuery } from '../api/queries.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { counted, sentence } from '../format.js';
import { serverNow } from '../state/clock.js';
import { DocumentForm, type Written } from '../studio/editor/DocumentForm.js';
import { Choice } from '../ui/forms/Choice.js';
import { Dialog } from '../ui/dialogs/Dialog.js';
import { Field } from '../ui/forms/Field.js';
import { inputOf, utcOf } from '../ui/forms/filter-values.js';
import { ActionButton, Card, Loaded, Problem, Time } from '../ui/parts.js';
import { LoadedTable, unseen } from '../ui/tables/Table.js';
import { rotasQuery, type Rota } from './queries.js';
import { Tooltip } from '../ui/Tooltip.js';

const newRota = JSON.stringify(
  {
    time_zone: 'Europe/Stockholm',
    starts_on: '2026-01-05',
    handover: '08:00',
    weeks: 1,
    members: [{ name: 'ann', channels: ['ann-phone'], external_id: null }],
  },
  null,
  2,
);
const rotaDocument = ({ time_zone, starts_on, handover, weeks, members, source }: Rota): string =>
  JSON.stringify(
    { time_zone, starts_on, handover, weeks, members, ...(source === null ? {} : { source }) },
    null,
    2,
  );

type EditorProps = {
  /** The rota to replace; undefined for a new rota. */
  readonly rota: Rota | undefined;
  /** The existing names, which a new rota must not use. */
  readonly others: readonly string[];
  readonly onDone: () => void;
};
const Editor = ({ rota, others, onDone }: EditorProps): ReactElement => {
  const missing = useMissingScope('ALERT_WRITE');
  const [given, setId] = useState('');
  const id = rota?.rota_id ?? given.trim();
  const put = useSend(
    ({ content, reason }: Written) =>
      call('put', '/api/v1/alerts/rotas/{id}', {
        path: { id },
        body: content as Schema<'PutRotaDto'>,
        revision: rota?.revision,
        reason,
      }),
    ['reach'],
  );
  return (
    <DocumentForm
      title={rota === undefined ? 'New rota' : `Change ${id}`}
      label="Rota as JSON"
      document={rota === undefined ? newRota : rotaDocument(rota)}
      isNew={rota === undefined}
      act="Save the rota"
      off={
        missing ??
        (id === '' ? 'Enter a name' : undefined) ??
        (rota === undefined && others.includes(id) ? 'A rota with this name exists' : undefined)
      }
      send={put}
      onSend={(written) => put.mutate(written, { onSuccess: onDone })}
      onLeave={onDone}
    >
      {rota === undefined ? (
        <Field
          label="Name"
          className="mono"
          value={given}
          maxLength={63}
          placeholder="primary"
          onText={setId}
        />
      ) : null}
    </DocumentForm>
  );
};

/** The hours for which a member can take over. */
const turns = { '1': '1 h', '8': '8 h', '24': '1 day', '168': '7 days' };

/** Lets a member take over for some hours, starting now. */
const TakeOver = ({ rota }: { readonly rota: Rota }): ReactElement => {
  const missing = useMissingScope('ALERT_WRITE');
  const [member, setMember] = useState(rota.members[0]?.name ?? '');
  const [hours, setHours] = useState<keyof typeof turns>('8');
  const put = useSend(
    () =>
      call('post', '/api/v1/alerts/rotas/{id}/overrides', {
        path: { id: rota.rota_id },
        body: {
          member,
          from: new Date(serverNow()).toISOString(),
          until: new Date(serverNow() + Number(hours) * 3_600_000).toISOString(),
        },
      }),
    ['reach'],
  );
  return (
    <span className="row wrap">
      <Choice
        aria-label={`Person who takes over ${rota.rota_id}`}
        style={{ width: 'auto' }}
        value={member}
        choices={rota.members.map(({ name }) => name)}
        onChoose={setMember}
      />
      <Choice
        aria-label={`For how long, ${rota.rota_id}`}
        style={{ width: 'auto' }}
        value={hours}
        choices={turns}
        onChoose={setHours}
      />
      <ActionButton
        size="sm"
        label={`Take over ${rota.rota_id}`}
        off={missing}
        sending={put.isPending}
        onAct={() => put.mutate(undefined)}
      >
        Take over
      </ActionButton>
      {put.isError ? <Problem error={put.error} what="nobody took over" /> : null}
    </span>
  );
};

const Overrides = ({ rota }: { readonly rota: Rota }): ReactElement | null => {
  const missing = useMissingScope('ALERT_WRITE');
  const end = useSend(
    (override: string) =>
      call('delete', '/api/v1/alerts/rotas/{id}/overrides/{override_id}', {
        path: { id: rota.rota_id, override_id: override },
      }),
    ['reach'],
    'The override was ended.',
  );
  return (
    <>
      {rota.overrides.map(({ override_id: id, member, from, until }) => (
        <div key={id} className="row wrap sm">
          {member} takes over from <Time at={from} zoned /> until <Time at={until} zoned />
          <ActionButton
            size="sm"
            label={`End the override of ${member}`}
            off={missing}
            sending={end.isPending}
            onAct={() => end.mutate(id)}
          >
            End it
          </ActionButton>
        </div>
      ))}
      {end.isError ? <Problem error={end.error} what="the override continues" /> : null}
    </>
  );
};

/** The gaps in which nobody would be notified, in the server's words. */
const Findings = (): ReactElement => {
  const reach = useQuery(reachQuery());
  return (
    <Loaded query={reach} rows={1} what="who is reached">
      {({ findings }) =>
        findings.length === 0 ? (
          <p className="note">Every alert reaches a person.</p>
        ) : (
          <ul className="b">
            {findings.map(({ code, rota_id: rota, detail, remedy }) => (
              <li key={`${code} ${rota ?? ''}`} className="long iso">
                <b>{sentence(detail)}</b>. {sentence(remedy)}.
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
};

/** Removes a rota after a confirmation. */
const Remove = ({ rota: { rota_id: id } }: { readonly rota: Rota }): ReactElement => {
  const missing = useMissingScope('ALERT_WRITE');
  const [asking, setAsking] = useState(false);
  const remove = useSend(
    () => call('delete', '/api/v1/alerts/rotas/{id}', { path: { id } }),
    ['reach'],
    `The rota ${id} was removed.`,
  );
  const close = (): void => {
    setAsking(false);
    remove.reset();
  };
  return (
    <>
      <ActionButton size="sm" label={`Remove ${id}…`} off={missing} onAct={() => setAsking(true)}>
        Remove…
      </ActionButton>
      <Dialog opened={asking} onClose={close} title={`Remove ${id}`} size={420}>
        <div className="col" style={{ gap: 12 }}>
          <p className="t2">
            After that, nobody is on call through this rota. Routes that use it then reach everyone.
          </p>
          <ActionButton
            variant="danger"
            sending={remove.isPending}
            onAct={() => remove.mutate(undefined, { onSuccess: close })}
          >
            Remove the rota
          </ActionButton>
          {remove.isError ? <Problem error={remove.error} what="nothing was removed" /> : null}
        </div>
      </Dialog>
    </>
  );
};

const onCallText = ({ on_call: names, unknown }: Rota): string =>
  unknown === null ? names.join(', ') || 'nobody' : `unknown, so everyone: ${unknown}`;

/** The people on call by rota, now or at another time, and the rotas themselves. */
export const Rotas = (): ReactElement => {
  const [at, setAt] = useState<string | undefined>();
  const rotas = useQuery(rotasQuery(at));
  const missing = useMissingScope('ALERT_WRITE');
  const [editing, setEditing] = useState<{ readonly rota: Rota | undefined } | undefined>();
  return (
    <>
      <Card
        title="On call at a time"
        extra={
          <Tooltip label="At, UTC">
            <Input
              type="datetime-local"
              aria-label="At, UTC"
              value={inputOf(at)}
              style={{ width: 178 }}
              onChange={(event) => setAt(utcOf(event.target.value))}
            />
          </Tooltip>
        }
        right={
          <ActionButton size="sm" off={missing} onAct={() => setEditing({ rota: undefined })}>
            New rota…
          </ActionButton>
        }
      >
        <Findings />
        <LoadedTable
          query={rotas}
          rows={2}
          what="the rotas"
          name="Rotas"
          head={['Rota', 'On call', 'Members', 'Handover', 'Take over, from now', unseen('Change')]}
          none="No rota is set."
          hint="Routes notify their channels at any time."
        >
          {(rota) => (
            <tr key={rota.rota_id}>
              <td className="mono iso">@{rota.rota_id}</td>
              <td style={{ whiteSpace: 'normal' }}>
                <b className="iso">{onCallText(rota)}</b>
                <Overrides rota={rota} />
              </td>
              <td style={{ whiteSpace: 'normal' }}>{rota.members.map(({ name }) => name).join(', ')}</td>
              <td>
                every {counted(rota.weeks, 'week')}, {rota.handover} {rota.time_zone}
              </td>
              <td>
                <TakeOver rota={rota} />
              </td>
              <td>
                <ActionButton
                  size="sm"
                  label={`Change ${rota.rota_id}…`}
                  off={missing}
                  onAct={() => setEditing({ rota })}
                >
                  Change…
                </ActionButton>{' '}
                <Remove rota={rota} />
              </td>
            </tr>
          )}
        </LoadedTable>
      </Card>
      {editing === undefined ? null : (
        <Editor
          key={editing.rota?.rota_id ?? ''}
          rota={editing.rota}
          others={(rotas.data?.items ?? []).map(({ rota_id: id }) => id)}
          onDone={() => setEditing(undefined)}
        />
      )}
    </>
  );
};
