import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { typesQuery } from '../api/queries.js';
import { Register } from './Register.js';
import { RegisterType } from './RegisterType.js';
import { handlerText } from './type-words.js';
import { TypeDetail } from './TypeDetail.js';
import { Card, Empty } from '../ui/parts.js';
import { useRowKeys } from '../ui/tables/rows.js';
import { Chip } from '../ui/states.js';
import { LoadedTable, num } from '../ui/tables/Table.js';

const route = getRouteApi('/shell/autonomy/types');

export const ActionTypesPage = (): ReactElement => {
  const types = useQuery(typesQuery());
  const { type: chosen } = route.useSearch();
  const navigate = useNavigate({ from: '/autonomy/types' });
  const [adding, setAdding] = useState(false);
  useRowKeys();
  const open = (type: string | undefined): void => void navigate({ search: (old) => ({ ...old, type }) });
  return (
    <Register
      heading="Action types"
      title="What agents can request"
      adding={adding}
      onAdding={setAdding}
      list={
        <LoadedTable
          query={types}
          rows={8}
          what="action types"
          name="Action types"
          head={['Action type', num('Version'), 'Undo', { text: 'Handler', className: 'hide-m' }]}
          none="No action type is registered."
          hint="Register the first one, with the handler that runs it."
        >
          {(type) => (
            <tr key={type.action_type} className={type.action_type === chosen ? 'sel' : undefined}>
              <td>
                <Link className="mono iso" to="/autonomy/types" search={{ type: type.action_type }} data-row>
                  {type.action_type}
                </Link>
                <div className="xs muted iso">{type.title}</div>
              </td>
              <td className="num">{type.version ?? 'built in'}</td>
              <td>
                <Chip
                  plain
                  look={
                    type.read_only
                      ? { kind: 'blue', glyph: 'dot', word: 'reads only' }
                      : type.reversible
                        ? { kind: 'green', glyph: 'back', word: 'yes' }
                        : { kind: 'yellow', glyph: 'hold', word: 'no: asks' }
                  }
                />
              </td>
              <td className="hide-m t2">
                <bdi className="clip">{handlerText(type)}</bdi>
              </td>
            </tr>
          )}
        </LoadedTable>
      }
    >
      {adding ? (
        <RegisterType
          onDone={(name) => {
            setAdding(false);
            open(name);
          }}
        />
      ) : null}
      {chosen === undefined ? (
        adding ? null : (
          <Card title="One action type">
            <Empty>Choose one to see its parameters, versions and handler.</Empty>
          </Card>
        )
      ) : (
        <TypeDetail key={chosen} name={chosen} />
      )}
    </Register>
  );
};
