import { Checkbox } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { plainValue, shortId } from '../format.js';
import { cols } from '../ui/tables/Columns.js';
import { ActionButton, Problem } from '../ui/parts.js';
import { Chip } from '../ui/states.js';
import type { McpServer, McpTool } from '../autonomy/queries.js';

const toolLook = {
  new: { kind: 'blue', glyph: 'none', word: 'New: nobody has confirmed it' },
  confirmed: { kind: 'green', glyph: 'ok', word: 'Confirmed' },
  changed: { kind: 'yellow', glyph: 'hold', word: 'Changed: held' },
  missing: { kind: 'unk', glyph: 'minus', word: 'Missing: held' },
  refused: { kind: 'red', glyph: 'oct', word: 'Cannot be imported' },
} as const;

const member = (value: object | null, name: string): unknown =>
  value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

const Confirm = ({ server, tool }: { readonly server: string; readonly tool: McpTool }): ReactElement => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const [readOnly, setReadOnly] = useState(member(tool.terms, 'read_only') === true);
  const [external, setExternal] = useState(member(tool.terms, 'external_contact') !== false);
  const [keep, setKeep] = useState(member(tool.terms, 'keep_results') === true);
  const confirm = useSend(
    (digest: string) =>
      call('post', '/api/v1/mcp/servers/{server}/tools/{tool}/confirm', {
        path: { server, tool: tool.tool },
        body: { digest, read_only: readOnly, external_contact: external, keep_results: keep },
      }),
    ['mcp', 'policies'],
    `The tool ${tool.tool} was confirmed.`,
  );
  const { digest } = tool;
  const boxes = [
    ['It only reads', readOnly, setReadOnly],
    ['It reaches someone outside', external, setExternal],
    ['Its results are kept, sealed', keep, setKeep],
  ] as const;
  return (
    <div className="fm">
      <p className="sm t2">Your answers count. The server’s own claims are shown, but not trusted.</p>
      {boxes.map(([words, value, set]) => (
        <Checkbox key={words} label={words} checked={value} onChange={(event) => set(event.target.checked)} />
      ))}
      <div className="row wrap">
        <ActionButton
          variant="filled"
          size="sm"
          off={missing ?? (digest === null ? 'The server no longer offers it' : undefined)}
          sending={confirm.isPending}
          onAct={() => {
            if (digest !== null) confirm.mutate(digest);
          }}
        >
          {`Confirm ${tool.tool} as it is`}
        </ActionButton>
        {digest === null ? null : (
          <span className="xs muted">
            bound to <span className="mono">{shortId(digest)}</span>
          </span>
        )}
      </div>
      {confirm.isError ? <Problem error={confirm.error} what="nothing was confirmed" /> : null}
    </div>
  );
};

const Difference = ({ tool }: { readonly tool: McpTool }): ReactElement | null =>
  tool.difference.length === 0 ? null : (
    <div
      className="grid mono scroll"
      style={{
        ...cols('130px minmax(0, 1fr) minmax(0, 1fr)', { phone: 'minmax(0, 1fr)', align: 'start' }),
        fontSize: 12,
      }}
      tabIndex={0}
      role="region"
      aria-label={`Changes to ${tool.tool}`}
    >
      {tool.difference.map(({ member: name, before, after }) => (
        <div key={name} style={{ display: 'contents' }}>
          <span>{name}</span>
          <span className="was">
            <span className="vh">before </span>
            {before ?? 'not there'}
          </span>
          <span className="is">
            <span className="vh">now </span>
            {after ?? 'not there'}
          </span>
        </div>
      ))}
    </div>
  );

/** The tools of a server, each with its state, its changes, and a button that confirms it. */
export const McpTools = ({ server }: { readonly server: McpServer }): ReactElement => (
  <ul className="lines" style={cols('minmax(0, 1fr)', { gap: 8, pad: 10 })}>
    {server.tools.map((tool) => (
      <li key={tool.tool}>
        <span className="row wrap">
          <b className="mono iso">{tool.tool}</b>
          <Chip look={toolLook[tool.state]} />
          <span className="mono xs muted iso">{tool.action_type}</span>
        </span>
        <span className="sm t2 long iso">{plainValue(member(tool.definition, 'description'), 600)}</span>
        <Difference tool={tool} />
        {tool.violations.map(({ pointer, detail }) => (
          <span key={`${pointer}${detail}`} className="sm red long iso">
            {pointer} {detail}
          </span>
        ))}
        {tool.definition === null ? null : (
          <details>
            <summary className="xs muted">Its definition from the server</summary>
            <pre className="js" tabIndex={0}>
              {JSON.stringify(tool.definition, null, 2)}
            </pre>
          </details>
        )}
        {tool.state === 'new' || tool.state === 'changed' ? (
          <details open={server.tools.length <= 3}>
            <summary className="sm">Describe and confirm it</summary>
            <Confirm key={tool.digest} server={server.server} tool={tool} />
          </details>
        ) : null}
      </li>
    ))}
  </ul>
);
