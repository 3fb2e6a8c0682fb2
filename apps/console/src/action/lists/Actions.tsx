import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { createColumnHelper, tableFeatures, useTable } from '@tanstack/react-table';
import { useRef, type ReactElement } from 'react';
import { scoreText, titleOf, whyOfRow } from '../words.js';
import { read, tenantStore } from '../../api/client.js';
import { actionsQuery, type ActionRow } from '../../api/queries.js';
import { useSend } from '../../api/send.js';
import { zoneName } from '../../format.js';
import { useKeys } from '../../shell/keys.js';
import type { FilterSearch } from '../../state/saved-filters.js';
import { settings } from '../../state/settings.js';
import { useStore } from '../../state/store.js';
import {
  ActionButton,
  Card,
  DryRun,
  Empty,
  UntrustedText,
  Head,
  Loaded,
  Problem,
  Time,
} from '../../ui/parts.js';
import { itemsOfPages } from '../../ui/tables/pages.js';
import { saveFile } from '../../ui/tables/save.js';
import { StateChip } from '../../ui/states.js';
import { ActionFilters } from './ActionFilters.js';
import type { ActionsFilter } from '../../api/types.js';
import { filterMembers, filterOf, type ActionsSearch } from './action-filters.js';
import { actionsCsv } from './filters.js';
import { More } from '../../ui/tables/More.js';
import { useHeld } from '../../ui/useHeld.js';
import css from './actions.module.css';

const features = tableFeatures({});
const helper = createColumnHelper<typeof features, ActionRow>();
const columns = helper.columns([
  helper.accessor('state', { header: 'State', cell: (cell) => <StateChip state={cell.getValue()} /> }),
  helper.accessor('action_type', {
    header: 'Action',
    cell: ({ row }) => (
      <>
        <Link to="/actions/$id" params={{ id: row.original.action_id }} className="fw">
          {titleOf(row.original)}
        </Link>
        <DryRun of={row.original} />
      </>
    ),
  }),
  helper.accessor('entity_id', {
    header: 'Entity',
    cell: (cell) => <UntrustedText text={cell.getValue()} />,
  }),
  helper.accessor('agent', { header: 'Agent', cell: (cell) => <UntrustedText text={cell.getValue()} /> }),
  helper.display({ id: 'risk', header: 'Risk', cell: ({ row }) => scoreText(row.original.risk_score) }),
  helper.accessor('accepted_at', { header: 'Received', cell: (cell) => <Time at={cell.getValue()} /> }),
  helper.display({
    id: 'why',
    header: 'Why',
    cell: ({ row }) => <bdi className="clip t2">{whyOfRow(row.original).slice(0, 200)}</bdi>,
  }),
]);
const numeric = new Set(['risk']);

/** Moves the focus among the rows' links. If no link has the focus, it moves to the first one. */
const step = (list: HTMLElement | null, by: 1 | -1): void => {
  const links = [...(list?.querySelectorAll<HTMLElement>('tbody a') ?? [])];
  const at = links.findIndex((link) => link === document.activeElement);
  links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
};

const Rows = ({ items }: { readonly items: readonly ActionRow[] }): ReactElement => {
  const list = useRef<HTMLDivElement>(null);
  const { zone } = useStore(settings);
  const held = useHeld(items, ({ action_id: id }) => id, list);
  const table = useTable({ features, columns, data: held.shown, getRowId: (row) => row.action_id });
  useKeys({
    j: () => step(list.current, 1),
    k: () => step(list.current, -1),
  });
  return (
    <>
      <More held={held} />
      <div className="scroll" ref={list} tabIndex={0} role="region" aria-label="Actions, table">
        <table>
          <thead>
            {table.getHeaderGroups().map((group) => (
              <tr key={group.id}>
                {group.headers.map((header) => (
                  <th key={header.id} className={numeric.has(header.column.id) ? 'num' : undefined}>
                    <table.FlexRender header={header} />
                    {header.column.id === 'accepted_at' ? `, ${zoneName(zone)}` : ''}
                  </th>
                ))}
              </tr>
            ))}
          </thead>
          <tbody>
            {table.getRowModel().rows.map((row) => (
              <tr key={row.id}>
                {row.getAllCells().map((cell) => (
                  <td key={cell.id} className={numeric.has(cell.column.id) ? 'num' : undefined}>
                    <table.FlexRender cell={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
};

const allRows = (filter: ActionsFilter): Promise<readonly ActionRow[]> => {
  const tenant = tenantStore.get();
  return itemsOfPages((cursor) =>
    read('/api/v1/autonomous/actions', { query: { ...filter, limit: 200, cursor }, tenant }),
  );
};

const route = getRouteApi('/shell/actions');

export const ActionsPage = (): ReactElement => {
  const search = route.useSearch();
  const navigate = useNavigate({ from: '/actions' });
  const { cursor } = search;
  const actions = useQuery(actionsQuery(filterOf(search)));
  const used = filterMembers.filter((name) => search[name] !== undefined);
  const filtered = used.length > 0;
  const exported = useSend(() => allRows(filterOf(search)), []);
  const change = (part: FilterSearch): void =>
    void navigate({ search: { ...search, cursor: undefined, ...(part as ActionsSearch) } });
  useKeys({ '/': () => document.getElementById('entity')?.focus() });
  return (
    <div className={css['list']}>
      <Head title="Actions">
        <Link to="/actions/rejected">Rejected intents</Link>
      </Head>
      <ActionFilters search={search} onChange={change} />
      <Card
        title={filtered ? 'Actions that match' : 'All actions'}
        right={
          <ActionButton
            size="sm"
            off={exported.isPending ? 'Still loading' : undefined}
            onAct={() =>
              exported.mutate(undefined, {
                onSuccess: (rows) => saveFile('actions.csv', actionsCsv(rows), 'text/csv'),
              })
            }
          >
            {exported.isPending ? 'Loading…' : `Export as CSV`}
          </ActionButton>
        }
      >
        {exported.isError ? <Problem error={exported.error} what="nothing was exported" /> : null}
        <Loaded query={actions} rows={10} what="actions">
          {({ items, next }) =>
            items.length === 0 ? (
              <Empty>
                {filtered ? (
                  <>
                    <b>No action matches {used.length === 1 ? 'this' : `all ${used.length}`}.</b>{' '}
                    {used.map((name) => (
                      <Button key={name} size="sm" onClick={() => change({ [name]: undefined })}>
                        Drop {name} {search[name]}
                      </Button>
                    ))}
                    {used.length > 1 ? (
                      <Button
                        size="sm"
                        onClick={() => change(Object.fromEntries(used.map((name) => [name, undefined])))}
                      >
                        Drop all
                      </Button>
                    ) : null}
                  </>
                ) : (
                  <>
                    <b>No action yet.</b> Actions appear here when an agent sends its first intent.
                  </>
                )}
              </Empty>
            ) : (
              <>
                <Rows key={JSON.stringify(search)} items={items} />
                <div className="row" style={{ padding: 8 }}>
                  {cursor === undefined ? null : (
                    <Button size="sm" onClick={() => change({})}>
                      Newest
                    </Button>
                  )}
                  {next === null ? null : (
                    <Button className="ml" size="sm" onClick={() => change({ cursor: next })}>
                      Older
                    </Button>
                  )}
                </div>
              </>
            )
          }
        </Loaded>
      </Card>
    </div>
  );
};
