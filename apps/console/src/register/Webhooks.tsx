import { useQuery } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { counted } from '../format.js';
import { useFields } from '../ui/forms/useFields.js';
import { ConfirmButton } from '../ui/ConfirmButton.js';
import { ActionButton, Card, Problem, Time } from '../ui/parts.js';
import { Chip, lookOfStatus } from '../ui/states.js';
import { LoadedTable, num, unseen } from '../ui/tables/Table.js';
import { Register } from './Register.js';
import { RegisterForm } from './RegisterForm.js';
import { routeQuery } from '../api/route-query.js';

type Webhook = Schema<'WebhookDto'>;
const keys = ['webhooks'];

const webhooksQuery = () =>
  routeQuery('/api/v1/webhooks', ['webhooks', 'list'], {}, { refetchInterval: 15_000 });
const deliveriesQuery = (id: string) =>
  routeQuery(
    '/api/v1/webhooks/{id}/deliveries',
    ['webhooks', 'deliveries', id],
    { path: { id }, query: { limit: 50 } },
    { refetchInterval: 15_000 },
  );

/** Why the session may not change webhooks; undefined where it may. */
const useMissing = (): string | undefined => {
  const own = useMissingScope('AUTONOMOUS_SUBMIT');
  const every = useMissingScope('AUTONOMY_ADMIN');
  return every === undefined ? undefined : own;
};

const Add = (): ReactElement => {
  const missing = useMissingScope('AUTONOMOUS_SUBMIT');
  const register = useSend((url: string) => call('post', '/api/v1/webhooks', { body: { url } }), keys);
  const { texts, field } = useFields(['url'], register.error);
  return (
    <>
      <RegisterForm
        title="Register a webhook"
        off={missing ?? (texts.url === '' ? 'Fill in: address' : undefined)}
        send={register}
        hint="It receives a signed CloudEvent for the intents that you publish from now on."
        onSend={() => register.mutate(texts.url)}
      >
        {field('url', 'Address')}
      </RegisterForm>
      {register.data === undefined ? null : (
        <Card title="Secret">
          <div className="b" role="status">
            <p className="t2">The receiver checks signatures with it. It is shown once.</p>
            <p className="mono long">{register.data.secret}</p>
          </div>
        </Card>
      )}
    </>
  );
};

const Deliveries = ({ webhook }: { readonly webhook: Webhook }): ReactElement => {
  const { webhook_id: id, url } = webhook;
  const missing = useMissing();
  const deliveries = useQuery(deliveriesQuery(id));
  const test = useSend(
    (_sent: undefined) => call('post', '/api/v1/webhooks/{id}/test', { path: { id } }),
    keys,
  );
  const replay = useSend(
    (ids: readonly string[]) =>
      call('post', '/api/v1/webhooks/{id}/replay', {
        path: { id },
        body: ids.length === 0 ? {} : { event_ids: [...ids] },
      }),
    keys,
  );
  const remove = useSend(
    (_sent: undefined) => call('delete', '/api/v1/webhooks/{id}', { path: { id } }),
    keys,
    'The webhook was removed.',
  );
  return (
    <Card
      title="Deliveries"
      extra={
        <>
          <ActionButton
            size="sm"
            off={missing ?? (webhook.state === 'stopped' ? 'It was stopped' : undefined)}
            sending={test.isPending}
            onAct={() => test.mutate(undefined)}
          >
            Send a test
          </ActionButton>{' '}
          <ActionButton
            size="sm"
            off={missing ?? (webhook.parked === 0 ? 'None was given up' : undefined)}
            sending={replay.isPending}
            onAct={() => replay.mutate([])}
          >
            Replay what was given up
          </ActionButton>{' '}
          <ConfirmButton
            size="sm"
            variant="danger"
            off={missing}
            sending={remove.isPending}
            confirm="Yes, remove it"
            onAct={() => remove.mutate(undefined)}
          >
            Remove…
          </ConfirmButton>
        </>
      }
    >
      <p className="b mono long iso">{url}</p>
      {test.isError ? <Problem error={test.error} what="no test was sent" /> : null}
      {test.data === undefined ? null : (
        <p className="b" role="status">
          {test.data.delivered ? 'The test was delivered' : 'The test was not delivered'}: {test.data.detail}.
        </p>
      )}
      {replay.isError ? <Problem error={replay.error} what="nothing was sent again" /> : null}
      {remove.isError ? <Problem error={remove.error} what="it stays" /> : null}
      {replay.data === undefined ? null : (
        <p className="b" role="status">
          {counted(replay.data.replayed, 'delivery', 'deliveries')} will be sent again.
        </p>
      )}
      <LoadedTable
        query={deliveries}
        rows={4}
        what="deliveries"
        name="Deliveries"
        head={['State', 'Event', 'Intent', num('Attempts'), 'At', unseen('Do')]}
        none="Nothing was sent yet."
        hint="It begins with your next intent."
      >
        {(one) => (
          <tr key={one.event_id}>
            <td>
              <Chip plain look={lookOfStatus(one.state)} />
              {one.detail === null ? null : <div className="sm t2 long iso">{one.detail}</div>}
            </td>
            <td>{one.event_type}</td>
            <td className="mono iso">{one.intent_id ?? '–'}</td>
            <td className="num">{one.attempts}</td>
            <td>
              <Time at={one.created_at} />
            </td>
            <td>
              <ActionButton
                size="sm"
                label={`Replay ${one.event_type} of ${one.intent_id ?? one.event_id}`}
                off={missing ?? (one.state === 'pending' ? 'It is on its way' : undefined)}
                onAct={() => replay.mutate([one.event_id])}
              >
                Replay
              </ActionButton>
            </td>
          </tr>
        )}
      </LoadedTable>
    </Card>
  );
};

const route = getRouteApi('/shell/autonomy/webhooks');

/** The webhooks that tell publishers how their intents end. */
export const WebhooksPage = (): ReactElement => {
  const { id } = route.useSearch();
  const webhooks = useQuery(webhooksQuery());
  const [adding, setAdding] = useState(false);
  const chosen = webhooks.data?.items.find((one) => one.webhook_id === id);
  return (
    <Register
      heading="Webhooks"
      title="Outcome webhooks"
      adding={adding}
      onAdding={setAdding}
      list={
        <LoadedTable
          query={webhooks}
          rows={4}
          what="webhooks"
          name="Webhooks"
          head={['Address', 'State', 'Owner', num('Pending'), num('Given up')]}
          none="No webhook is registered."
          hint="Publishers of intents can be notified of the outcome."
        >
          {(one) => (
            <tr key={one.webhook_id} className={one === chosen ? 'sel' : undefined}>
              <td>
                <Link
                  to="/autonomy/webhooks"
                  search={{ id: one.webhook_id }}
                  className="mono iso long"
                  aria-current={one === chosen ? 'true' : undefined}
                >
                  {one.url}
                </Link>
              </td>
              <td>
                <Chip plain look={lookOfStatus(one.state)} />
                {one.detail === null ? null : <div className="sm t2 long iso">{one.detail}</div>}
              </td>
              <td className="iso">{one.owner}</td>
              <td className="num">{one.pending}</td>
              <td className="num">{one.parked}</td>
            </tr>
          )}
        </LoadedTable>
      }
    >
      {adding ? <Add /> : null}
      {chosen === undefined ? null : <Deliveries key={chosen.webhook_id} webhook={chosen} />}
    </Register>
  );
};
