import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { deliveryText } from '../alerts/words.js';
import { call, tenantStore } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { Dialog } from '../ui/Dialog.js';
import { Field } from '../ui/Field.js';
import { Act, Card, Empty, Loaded, Problem } from '../ui/parts.js';
import { ReasonAct } from '../ui/ReasonAct.js';
import { Chip } from '../ui/states.js';
import { Table } from '../ui/Table.js';
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

/** Sets up a channel, or replaces one: an address decides where Interlock sends. */
const ChannelDialog = ({
  channel,
  others,
  onClose,
}: {
  /** The channel that is replaced; without one, a new channel is made. */
  readonly channel: Channel | undefined;
  /** The names that a new channel may not have. */
  readonly others: readonly string[];
  readonly onClose: () => void;
}): ReactElement => {
  const missing = useMissingScope('ALERT_WRITE');
  const [id, setId] = useState(channel?.channel_id ?? '');
  const [kind, setKind] = useState<ChannelKind>(channel?.kind ?? 'slack');
  const [values, setValues] = useState<Values>(channel === undefined ? {} : valuesOf(channel));
  const [reason, setReason] = useState('');
  const put = useSend(
    () =>
      call('put', '/api/v1/alerts/channels/{id}', {
        tenant: tenantStore.get(),
        path: { id: id.trim() },
        body: channelBody(kind, values),
        revision: channel?.revision,
        reason: reason.trim(),
      }),
    ['reach'],
  );
  const off =
    missing ??
    (id.trim() === '' ? 'Name it' : undefined) ??
    (channel === undefined && others.includes(id.trim()) ? 'A channel of this name is there' : undefined) ??
    missingIn(kind, values) ??
    (reason.trim() === '' ? 'Say why: it is kept in the log' : undefined);
  return (
    <Dialog opened onClose={onClose} title={channel === undefined ? 'New channel' : `Change ${id}`}>
      <form
        className="fm"
        onSubmit={(event) => {
          event.preventDefault();
        }}
      >
        {channel === undefined ? (
          <Field label="Name" className="mono" value={id} maxLength={63} data-autofocus onText={setId} />
        ) : null}
        <NativeSelect
          label="Kind"
          value={kind}
          data={[...kinds]}
          onChange={(event) => {
            setKind(kinds.find((one) => one === event.target.value) ?? kind);
          }}
        />
        {channelFields[kind].map(({ name, label, kind: of, hint, required }) => {
          const set = (value: string): void => {
            setValues((old) => ({ ...old, [name]: value }));
          };
          const words = required ? label : `${label}, may be left out`;
          return typeof of === 'string' ? (
            <Field
              key={name}
              label={words}
              className="mono"
              value={values[name] ?? ''}
              placeholder={hint}
              maxLength={2048}
              onText={set}
            />
          ) : (
            <NativeSelect
              key={name}
              label={words}
              value={values[name] ?? of[0] ?? ''}
              data={[...of]}
              onChange={(event) => {
                set(event.target.value);
              }}
            />
          );
        })}
        <Field label="Reason" value={reason} maxLength={2000} onText={setReason} />
        <div className="row wrap">
          <Act
            variant="filled"
            off={off}
            showReason
            sending={put.isPending}
            onAct={() => {
              put.mutate(undefined, { onSuccess: onClose });
            }}
          >
            {channel === undefined ? 'Set up the channel' : 'Replace the channel'}
          </Act>
        </div>
        {put.isError ? <Problem error={put.error} what="nothing was changed" /> : null}
      </form>
    </Dialog>
  );
};

/** What came of a test message. */
const Tested = ({ id }: { readonly id: string }): ReactElement => {
  const deliveries = useQuery(testQuery(id));
  const { zone } = useStore(settings);
  const [one] = deliveries.data?.items ?? [];
  return (
    <div className="sm t2 long iso" role="status">
      {one === undefined
        ? 'The test is on its way.'
        : `${deliveryText(one, zone)}${one.detail === null ? '' : `: ${one.detail}`}`}
    </div>
  );
};

const Row = ({
  channel,
  onEdit,
}: {
  readonly channel: Channel;
  readonly onEdit: () => void;
}): ReactElement => {
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
          <Act
            size="sm"
            label={`Test ${id}`}
            off={missing}
            sending={test.isPending}
            onAct={() => {
              test.mutate(undefined);
            }}
          >
            Test
          </Act>
          <Act size="sm" label={`Change ${id}…`} off={missing} onAct={onEdit}>
            Change…
          </Act>
          <ReasonAct
            label={`Remove ${id}…`}
            off={missing}
            title={`Remove ${id}`}
            act="Remove the channel"
            danger
            send={remove}
          >
            <p className="t2">Nobody is notified through it from then on.</p>
          </ReasonAct>
        </span>
      </td>
    </tr>
  );
};

/** The channels: where each leads, whether it delivers, a test, and its settings. */
export const Channels = (): ReactElement => {
  const channels = useQuery(channelsQuery());
  const missing = useMissingScope('ALERT_WRITE');
  const [editing, setEditing] = useState<{ readonly channel: Channel | undefined } | undefined>();
  return (
    <Card
      title="Channels"
      right={
        <Act
          size="sm"
          off={missing}
          onAct={() => {
            setEditing({ channel: undefined });
          }}
        >
          New channel…
        </Act>
      }
    >
      <Loaded query={channels} rows={2} what="the channels">
        {({ items }) =>
          items.length === 0 ? (
            <Empty>
              <b>No channel is set up.</b> An alert is shown here and nowhere else until one is.
            </Empty>
          ) : (
            <Table
              name="Channels"
              head={
                <>
                  <th>Channel</th>
                  <th>Kind</th>
                  <th>Reaches</th>
                  <th>State</th>
                  <th>Settings</th>
                  <th>
                    <span className="vh">Test, change or remove</span>
                  </th>
                </>
              }
            >
              {items.map((channel) => (
                <Row
                  key={channel.channel_id}
                  channel={channel}
                  onEdit={() => {
                    setEditing({ channel });
                  }}
                />
              ))}
            </Table>
          )
        }
      </Loaded>
      {editing === undefined ? null : (
        <ChannelDialog
          channel={editing.channel}
          others={(channels.data?.items ?? []).map(({ channel_id: id }) => id)}
          onClose={() => {
            setEditing(undefined);
          }}
        />
      )}
    </Card>
  );
};
