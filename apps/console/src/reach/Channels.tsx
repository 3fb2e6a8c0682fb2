import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { deliveryText } from '../alerts/words.js';
import { call, tenantStore } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { Choice } from '../ui/forms/Choice.js';
import { Dialog } from '../ui/dialogs/Dialog.js';
import { faultAt } from '../ui/forms/faults.js';
import { Field } from '../ui/forms/Field.js';
import { ActionButton, Card, Problem } from '../ui/parts.js';
import { ReasonAct } from '../ui/dialogs/ReasonAct.js';
import { Chip } from '../ui/states.js';
import { LoadedTable, unseen } from '../ui/tables/Table.js';
import {
  channelBody,
  channelFields,
  missingIn,
  settingsText,
  valuesOf,
  type ChannelKind,
  type Values,
} from './channel-fields.js';
import { channelsQuery, testQuery, type Channel } from './queries.js';

const kinds = Object.keys(channelFields) as readonly ChannelKind[];

type ChannelDialogProps = {
  /** The channel to replace; undefined for a new channel. */
  readonly channel: Channel | undefined;
  /** The existing names, which a new channel must not use. */
  readonly others: readonly string[];
  readonly onClose: () => void;
};
/** Creates or replaces a channel. Its address decides where Interlock sends notifications. */
const ChannelDialog = ({ channel, others, onClose }: ChannelDialogProps): ReactElement => {
  const missing = useMissingScope('ALERT_WRITE');
  const [id, setId] = useState(channel?.channel_id ?? '');
  const [kind, setKind] = useState<ChannelKind>(channel?.kind ?? 'slack');
  const [values, setValues] = useState<Values>(channel === undefined ? {} : valuesOf(channel));
  const [reason, setReason] = useState('');
  const put = useSend(
    () =>
      call('put', '/api/v1/alerts/channels/{id}', {
        path: { id: id.trim() },
        body: channelBody(kind, values),
        revision: channel?.revision,
        reason: reason.trim(),
      }),
    ['reach'],
    'The channel was saved.',
  );
  const off =
    missing ??
    (id.trim() === '' ? 'Enter a name' : undefined) ??
    (channel === undefined && others.includes(id.trim()) ? 'A channel with this name exists' : undefined) ??
    missingIn(kind, values) ??
    (reason.trim() === '' ? 'Give a reason. The log keeps it' : undefined);
  return (
    <Dialog opened onClose={onClose} title={channel === undefined ? 'New channel' : `Change ${id}`}>
      <form className="fm" onSubmit={(event) => event.preventDefault()}>
        {channel === undefined ? (
          <Field label="Name" className="mono" value={id} maxLength={63} data-autofocus onText={setId} />
        ) : null}
        <Choice label="Kind" value={kind} choices={kinds} onChoose={setKind} />
        {channelFields[kind].map(({ name, label, kind: of, hint, required }) => {
          const set = (value: string): void => setValues((old) => ({ ...old, [name]: value }));
          const words = required ? label : `${label} (optional)`;
          return typeof of === 'string' ? (
            <Field
              key={name}
              label={words}
              className="mono"
              value={values[name] ?? ''}
              placeholder={hint}
              maxLength={2048}
              error={faultAt(put.error, `/${name}`)}
              onText={set}
            />
          ) : (
            <Choice
              key={name}
              label={words}
              value={values[name] ?? of[0] ?? ''}
              choices={of}
              onChoose={set}
            />
          );
        })}
        <Field label="Reason" value={reason} maxLength={2000} onText={setReason} />
        <div className="row wrap">
          <ActionButton
            variant="filled"
            off={off}
            showReason
            sending={put.isPending}
            onAct={() => put.mutate(undefined, { onSuccess: onClose })}
          >
            {channel === undefined ? 'Set up the channel' : 'Replace the channel'}
          </ActionButton>
        </div>
        {put.isError ? <Problem error={put.error} what="nothing was changed" /> : null}
      </form>
    </Dialog>
  );
};

/** The result of a test message. */
const Tested = ({ id }: { readonly id: string }): ReactElement => {
  const deliveries = useQuery(testQuery(id));
  const { zone } = useStore(settings);
  const [one] = deliveries.data?.items ?? [];
  return (
    <div className="sm t2 long iso" role="status">
      {one === undefined
        ? 'The test was sent.'
        : `${deliveryText(one, zone)}${one.detail === null ? '' : `: ${one.detail}`}`}
    </div>
  );
};

type RowProps = {
  readonly channel: Channel;
  readonly onEdit: () => void;
};
const Row = ({ channel, onEdit }: RowProps): ReactElement => {
  const { channel_id: id } = channel;
  const missing = useMissingScope('ALERT_WRITE');
  const tenant = tenantStore.get();
  const test = useSend(
    () => call('post', '/api/v1/alerts/channels/{id}/test', { tenant, path: { id } }),
    ['reach'],
  );
  const remove = useSend(
    (reason: string) =>
      call('delete', '/api/v1/alerts/channels/{id}', {
        tenant,
        path: { id },
        revision: channel.revision,
        reason,
      }),
    ['reach'],
    `The channel ${id} was removed.`,
  );
  return (
    <tr>
      <td className="mono iso">{id}</td>
      <td>{channel.kind}</td>
      <td>{channel.reaches}</td>
      <td>
        <Chip
          plain
          look={
            channel.failing
              ? { kind: 'red', glyph: 'oct', word: 'does not deliver' }
              : { kind: 'green', glyph: 'ok', word: 'delivers' }
          }
        />
      </td>
      <td style={{ whiteSpace: 'normal' }}>
        <bdi className="mono long sm">{settingsText(channel)}</bdi>
        {test.data === undefined ? null : <Tested id={test.data.test_id} />}
        {test.isError ? <Problem error={test.error} what="no test was sent" /> : null}
      </td>
      <td>
        <span className="row">
          <ActionButton
            size="sm"
            label={`Test ${id}`}
            off={missing}
            sending={test.isPending}
            onAct={() => test.mutate(undefined)}
          >
            Test
          </ActionButton>
          <ActionButton size="sm" label={`Change ${id}…`} off={missing} onAct={onEdit}>
            Change…
          </ActionButton>
          <ReasonAct
            label={`Remove ${id}…`}
            off={missing}
            title={`Remove ${id}`}
            act="Remove the channel"
            danger
            send={remove}
          >
            <p className="t2">After that, nobody is notified through it.</p>
          </ReasonAct>
        </span>
      </td>
    </tr>
  );
};

/** The channels: the destination of each, its delivery state, a test, and its settings. */
export const Channels = (): ReactElement => {
  const channels = useQuery(channelsQuery());
  const missing = useMissingScope('ALERT_WRITE');
  const [editing, setEditing] = useState<{ readonly channel: Channel | undefined } | undefined>();
  return (
    <Card
      title="Channels"
      right={
        <ActionButton size="sm" off={missing} onAct={() => setEditing({ channel: undefined })}>
          New channel…
        </ActionButton>
      }
    >
      <LoadedTable
        query={channels}
        rows={2}
        what="the channels"
        name="Channels"
        head={['Channel', 'Kind', 'Reaches', 'State', 'Settings', unseen('Test, change or remove')]}
        none="No channel is set up."
        hint="Until you add one, alerts are shown only here."
      >
        {(channel) => (
          <Row key={channel.channel_id} channel={channel} onEdit={() => setEditing({ channel })} />
        )}
      </LoadedTable>
      {editing === undefined ? null : (
        <ChannelDialog
          channel={editing.channel}
          others={(channels.data?.items ?? []).map(({ channel_id: id }) => id)}
          onClose={() => setEditing(undefined)}
        />
      )}
    </Card>
  );
};
