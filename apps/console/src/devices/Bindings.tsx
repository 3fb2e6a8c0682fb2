import { useQuery } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { DocumentForm, type Written } from '../studio/editor/DocumentForm.js';
import { ActionButton, Card, Loaded, Problem } from '../ui/parts.js';
import { Table, unseen } from '../ui/tables/Table.js';
import { routeQuery } from '../api/route-query.js';

type Binding = Schema<'BindingSummaryDto'>;
const keys = ['devices'];

const bindingsQuery = () => routeQuery('/api/v1/device-bindings', ['devices', 'bindings']);

const Remove = ({ binding: { binding: name, shipped, devices } }: { readonly binding: Binding }) => {
  const missing = useMissingScope('DEVICE_WRITE');
  const remove = useSend(
    (_sent: undefined) => call('delete', '/api/v1/device-bindings/{name}', { path: { name } }),
    keys,
    `The binding ${name} was removed.`,
  );
  return shipped ? null : (
    <>
      <ActionButton
        size="sm"
        label={`Remove ${name}`}
        off={missing ?? (devices.length === 0 ? undefined : 'A device uses it')}
        sending={remove.isPending}
        onAct={() => remove.mutate(undefined)}
      >
        Remove
      </ActionButton>
      {remove.isError ? <Problem error={remove.error} what="nothing was removed" /> : null}
    </>
  );
};

const evidenceWords: { readonly [E in Binding['evidence']]: string } = {
  run: 'it ran against a device',
  reduced: 'it ran with a reduced model',
  unverified: 'not verified',
};

/**
 * The bindings of vendors' models: those that ship with Interlock, and those that the tenant added.
 */
export const Bindings = (): ReactElement => {
  const bindings = useQuery(bindingsQuery());
  const missing = useMissingScope('DEVICE_WRITE');
  const [adding, setAdding] = useState(false);
  const add = useSend(
    ({ content, reason }: Written) =>
      call('post', '/api/v1/device-bindings', { body: content as Schema<'AddBindingDto'>, reason }),
    keys,
    'The binding was added.',
  );
  const leave = (): void => {
    setAdding(false);
    add.reset();
  };
  return (
    <>
      <Card
        title="Bindings"
        right={
          <ActionButton size="sm" off={missing} onAct={() => setAdding(true)}>
            Add a binding…
          </ActionButton>
        }
      >
        <Loaded query={bindings} rows={3} what="bindings">
          {({ items }) => (
            <Table name="Bindings" head={['Binding', 'From', 'Evidence', 'Devices', unseen('Change')]}>
              {items.map((binding) => (
                <tr key={binding.binding}>
                  <td className="mono iso">{binding.binding}</td>
                  <td>{binding.shipped ? 'Interlock' : 'this tenant'}</td>
                  <td>{evidenceWords[binding.evidence]}</td>
                  <td style={{ whiteSpace: 'normal' }}>{binding.devices.join(', ') || 'none'}</td>
                  <td>
                    <Remove binding={binding} />
                  </td>
                </tr>
              ))}
            </Table>
          )}
        </Loaded>
      </Card>
      {adding ? (
        <DocumentForm
          title="Add a binding"
          label="Binding as JSON"
          document={JSON.stringify({ binding: {} }, null, 2)}
          act="Add the binding"
          off={missing}
          send={add}
          onSend={(written) => add.mutate(written, { onSuccess: leave })}
          onLeave={leave}
        />
      ) : null}
    </>
  );
};
