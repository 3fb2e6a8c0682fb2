import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { McpTools } from './McpTools.js';
import { mcpServersQuery, type McpServer } from '../autonomy/queries.js';
import { Register } from './Register.js';
import { RegisterServer } from './RegisterServer.js';
import { counted, durationText } from '../format.js';
import { ConfirmButton } from '../ui/ConfirmButton.js';
import { ActionButton, Card, Empty, Problem } from '../ui/parts.js';
import { useRowKeys } from '../ui/tables/rows.js';
import { Chip } from '../ui/states.js';
import { LoadedTable, num } from '../ui/tables/Table.js';

/**
 * Returns the server's last answer, but takes a tool's stored state if the tool was confirmed since
 * with the same digest.
 */
const sinceAsked = (asked: McpServer, kept: McpServer): McpServer => ({
  ...kept,
  tools: asked.tools.map((said) =>
    said.state === 'new' || said.state === 'changed'
      ? (kept.tools.find(
          ({ tool, state, digest }) => tool === said.tool && state === 'confirmed' && digest === said.digest,
        ) ?? said)
      : said,
  ),
});

const inState = ({ tools }: McpServer, ...states: readonly string[]): number =>
  tools.filter(({ state }) => states.includes(state)).length;

const One = ({ server }: { readonly server: McpServer }): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const queries = useQueryClient();
  const [asked, setAsked] = useState<McpServer | undefined>();
  const look = useSend(
    () => call('post', '/api/v1/mcp/servers/{server}/look', { path: { server: server.server } }),
    ['mcp'],
  );
  const retire = useSend(
    () => call('post', '/api/v1/mcp/servers/{server}/retire', { path: { server: server.server } }),
    ['mcp', 'policies'],
    `The server ${server.server} was retired.`,
  );
  const { address } = server;
  const shown = asked === undefined ? server : sinceAsked(asked, server);
  const fresh = (): void =>
    look.mutate(undefined, {
      onSuccess: (now) => {
        setAsked(now);
        void queries.invalidateQueries({ queryKey: ['mcp'] });
      },
    });
  return (
    <Card
      title={server.title}
      extra={<span className="tag mono iso">{server.server}</span>}
      right={
        <ActionButton size="sm" off={missing ?? (look.isPending ? 'Still asking' : undefined)} onAct={fresh}>
          {look.isPending ? 'Asking…' : 'Ask for its tools'}
        </ActionButton>
      }
    >
      <div className="b col" style={{ gap: 10 }}>
        <dl className="kv">
          <dt>Reached by</dt>
          <dd className="mono">
            <bdi>{address.url ?? `program ${address.command ?? '–'}`}</bdi>
          </dd>
          <dt>Limits</dt>
          <dd>
            deadline {durationText(server.timeout_ms)}, at most {counted(server.max_calls, 'call')} at once
          </dd>
          <dt>Token</dt>
          <dd className="mono">{address.secret_ref ?? 'none'}</dd>
        </dl>
        <div className="row wrap">
          <ConfirmButton
            variant="danger"
            size="sm"
            off={missing ?? (server.retired ? 'It is already retired' : undefined)}
            confirm="Yes, retire it and its tools"
            onAct={() => retire.mutate(undefined)}
          >
            Retire
          </ConfirmButton>
        </div>
        {look.isError ? <Problem error={look.error} what="the server was not reached" /> : null}
        {retire.isError ? <Problem error={retire.error} what="nothing was retired" /> : null}
      </div>
      {shown.tools.length === 0 ? (
        <Empty>
          <b>No tools are known yet.</b> Ask the server for its tools. A person confirms each one.
        </Empty>
      ) : (
        <McpTools server={shown} />
      )}
    </Card>
  );
};

const route = getRouteApi('/shell/autonomy/mcp');

export const McpServersPage = (): ReactElement => {
  const servers = useQuery(mcpServersQuery());
  const { server: chosen } = route.useSearch();
  const navigate = useNavigate({ from: '/autonomy/mcp' });
  const [adding, setAdding] = useState(false);
  useRowKeys();
  return (
    <Register
      heading="MCP servers"
      title="Servers behind the rails"
      adding={adding}
      onAdding={setAdding}
      list={
        <LoadedTable
          query={servers}
          rows={4}
          what="MCP servers"
          name="MCP servers"
          head={['Server', num('Confirmed'), num('Held'), 'State']}
          none="No MCP server is registered."
          hint="Each tool of a server becomes an action type once a person confirms it."
        >
          {(server) => (
            <tr key={server.server} className={server.server === chosen ? 'sel' : undefined}>
              <td>
                <Link className="mono iso" to="/autonomy/mcp" search={{ server: server.server }} data-row>
                  {server.server}
                </Link>
              </td>
              <td className="num">{inState(server, 'confirmed')}</td>
              <td className="num">{inState(server, 'changed', 'missing')}</td>
              <td>
                <Chip
                  plain
                  look={
                    server.retired
                      ? { kind: 'unk', glyph: 'minus', word: 'Retired' }
                      : { kind: 'green', glyph: 'ok', word: 'In use' }
                  }
                />
              </td>
            </tr>
          )}
        </LoadedTable>
      }
    >
      {adding ? (
        <RegisterServer
          onDone={(server) => {
            setAdding(false);
            void navigate({ search: (old) => ({ ...old, server }) });
          }}
        />
      ) : null}
      {(servers.data?.items ?? [])
        .filter(({ server }) => server === chosen)
        .map((server) => (
          <One key={server.server} server={server} />
        ))}
    </Register>
  );
};
