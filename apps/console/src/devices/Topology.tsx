import type { Schema } from '@interlock/api-types';
import { Button, Input } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { counted } from '../format.js';
import { utcOf } from '../ui/forms/filter-values.js';
import { SegmentedControl } from '../ui/forms/SegmentedControl.js';
import { Card, Empty, Loaded } from '../ui/parts.js';
import { Table } from '../ui/tables/Table.js';
import type { DeviceEntry } from './device-words.js';
import { Tooltip } from '../ui/Tooltip.js';
import { routeQuery } from '../api/route-query.js';

type Cell = DeviceEntry['cells'][number] & { readonly device: string; readonly site: string };
type AffectedCell = Schema<'AffectedDto'>['cells'][number];

/** The devices with their cells at a time. Without a time, nothing is asked. */
const topologyQuery = (at: string | undefined) =>
  routeQuery(
    '/api/v1/topology',
    ['topology', at ?? ''],
    { query: { limit: 100, at: at ?? '' } },
    { enabled: at !== undefined },
  );

const affectedQuery = (entity: string, at: string | undefined) =>
  routeQuery('/api/v1/topology/{entity_id}/affected', ['topology', at ?? '', entity], {
    path: { entity_id: entity },
    query: at === undefined ? {} : { at },
  });

const views = { both: 'Both', graph: 'Graph', list: 'List' } as const;
const sitesAtMost = 8;
const columns = 4;
const box = { width: 196, height: 128 };

/** The cells of each site as a ring. A solid line covers in full, a dashed one in part. */
const Graph = ({ cells }: { readonly cells: readonly Cell[] }): ReactElement => {
  const sites = [...new Set(cells.map(({ site }) => site))].slice(0, sitesAtMost);
  const at = new Map<string, readonly [number, number]>();
  for (const [i, site] of sites.entries()) {
    const own = cells.filter((cell) => cell.site === site);
    const [x, y] = [box.width * (i % columns) + 98, box.height * Math.floor(i / columns) + 74];
    for (const [k, cell] of own.entries()) {
      const turn = (2 * Math.PI * k) / own.length - Math.PI / 2;
      const far = own.length === 1 ? 0 : 36;
      at.set(cell.cell_id, [x + 1.6 * far * Math.cos(turn), y + far * Math.sin(turn)]);
    }
  }
  const lines = cells.flatMap((cell) =>
    cell.neighbours.flatMap(({ cell_id: other, coverage }) => {
      const [a, b] = [at.get(cell.cell_id), at.get(other)];
      return a === undefined || b === undefined || cell.cell_id > other
        ? []
        : [{ a, b, coverage, key: `${cell.cell_id} ${other}` }];
    }),
  );
  const rows = Math.ceil(sites.length / columns);
  return (
    <div className="b scroll" tabIndex={0} role="region" aria-label="Graph of the cells, scrolls sideways">
      <svg
        viewBox={`0 0 ${box.width * columns} ${box.height * rows}`}
        width="100%"
        style={{ minWidth: 640, maxWidth: 900 }}
        role="img"
        aria-label={`${counted(at.size, 'cell')} of ${counted(sites.length, 'site')}; the list names the neighbours of each`}
      >
        {sites.map((site, i) => (
          <text
            key={site}
            x={box.width * (i % columns) + 6}
            y={box.height * Math.floor(i / columns) + 14}
            className="d"
          >
            {site}
          </text>
        ))}
        {lines.map(({ a, b, coverage, key }) => (
          <path
            key={key}
            d={`M${a[0]} ${a[1]}L${b[0]} ${b[1]}`}
            stroke="var(--ctl)"
            strokeWidth="1.5"
            {...(coverage === 'FULL' ? {} : { strokeDasharray: '4 3' })}
          />
        ))}
        {[...at].map(([cell, [x, y]]) => (
          <g key={cell}>
            <rect
              x={x - 38}
              y={y - 10}
              width="76"
              height="20"
              rx="5"
              fill="var(--surface)"
              stroke="var(--border)"
            />
            <text x={x} y={y + 4} textAnchor="middle" className="m">
              {cell.slice(-12)}
            </text>
          </g>
        ))}
      </svg>
      <p className="xs muted">
        Solid: covers in full. Dashed: covers in part.
        {new Set(cells.map(({ site }) => site)).size > sites.length
          ? ` The first ${sites.length} sites are drawn.`
          : ''}
      </p>
    </div>
  );
};

const relationWords: { readonly [R in AffectedCell['relation']]: string } = {
  itself: 'is changed',
  serves: 'serves the changed slice',
  neighbour: 'is a neighbour of a changed cell',
  neighbour_of: 'has a changed cell as a neighbour',
  same_site: 'is on the same site',
};

const slicesText = (slices: readonly string[] | null): string =>
  slices === null ? 'unknown' : slices.length === 0 ? 'none' : slices.join(', ');

type AffectedProps = {
  readonly entity: string;
  readonly at: string | undefined;
};
/** The cells that a change of a cell or slice may affect, with their slices. */
const Affected = ({ entity, at }: AffectedProps): ReactElement => {
  const affected = useQuery(affectedQuery(entity, at));
  return (
    <Loaded query={affected} rows={2} what="affected cells">
      {({ cells }) => (
        <ul className="b" aria-label={`Cells that a change of ${entity} may affect`}>
          {cells.map(({ cell_id: id, relation, coverage, slices }) => (
            <li key={id}>
              <span className="mono iso">{id}</span> {relationWords[relation]}
              {coverage === null ? '' : `, coverage ${coverage.toLowerCase()}`}, slices: {slicesText(slices)}
            </li>
          ))}
        </ul>
      )}
    </Loaded>
  );
};

/** The entity whose change is shown, and how another one is chosen. */
type Choice = {
  readonly chosen: string | undefined;
  readonly onChoose: (entity: string | undefined) => void;
};

/** Shows what a change of a cell or slice may affect, and hides it again. */
const ShowAffected = ({
  entity,
  name,
  chosen,
  onChoose,
}: Choice & { readonly entity: string; readonly name: string }): ReactElement => (
  <Button
    size="sm"
    aria-pressed={chosen === entity}
    aria-label={`Show what a change of ${name} may affect`}
    onClick={() => onChoose(chosen === entity ? undefined : entity)}
  >
    Show
  </Button>
);

const List = ({ cells, ...choice }: Choice & { readonly cells: readonly Cell[] }): ReactElement => (
  <Table name="Cells" head={['Cell', 'Site', 'Device', 'Covered by', 'Slices', 'Change affects']}>
    {cells.slice(0, 60).map((cell) => (
      <tr key={cell.cell_id}>
        <td className="mono iso">{cell.cell_id}</td>
        <td className="mono iso">{cell.site}</td>
        <td>
          <Link to="/devices/$id" params={{ id: cell.device }} className="mono iso">
            {cell.device}
          </Link>
        </td>
        <td className="t2">
          {cell.neighbours.length === 0
            ? 'none'
            : cell.neighbours
                .map(({ cell_id: near, coverage }) => `${near} ${coverage.toLowerCase()}`)
                .join(', ')}
        </td>
        <td className="t2">{slicesText(cell.slices?.map(({ slice_id: id }) => id) ?? null)}</td>
        <td>
          <ShowAffected entity={cell.cell_id} name={cell.cell_id} {...choice} />
        </td>
      </tr>
    ))}
  </Table>
);

/** The slices with the cells that serve them; empty where nobody has registered any. */
const Slices = ({ cells, ...choice }: Choice & { readonly cells: readonly Cell[] }): ReactElement | null => {
  const slices = [...new Set(cells.flatMap((cell) => cell.slices?.map(({ slice_id: id }) => id) ?? []))];
  return slices.length === 0 ? null : (
    <Table name="Slices" head={['Slice', 'Served by', '5QIs', 'Change affects']}>
      {slices
        .toSorted()
        .slice(0, 60)
        .map((slice) => {
          const serving = cells.flatMap(({ cell_id, slices: own }) =>
            (own ?? []).filter(({ slice_id: id }) => id === slice).map((of) => ({ cell_id, ...of })),
          );
          const fiveQis = new Set(
            serving.flatMap(({ five_qis: known }) => known?.map(String) ?? ['unknown']),
          );
          return (
            <tr key={slice}>
              <td className="mono iso">{slice}</td>
              <td className="t2">{serving.map(({ cell_id }) => cell_id).join(', ')}</td>
              <td className="t2">{[...fiveQis].join(', ')}</td>
              <td>
                <ShowAffected entity={slice} name={`slice ${slice}`} {...choice} />
              </td>
            </tr>
          );
        })}
    </Table>
  );
};

/**
 * The cells of the devices with their neighbours and slices, as a graph and as a list, now or at a
 * time that a person enters.
 */
export const Topology = ({ devices }: { readonly devices: readonly DeviceEntry[] }): ReactElement => {
  const [view, setView] = useState<keyof typeof views>('both');
  const [at, setAt] = useState<string | undefined>();
  const [chosen, setChosen] = useState<string | undefined>();
  const then = useQuery(topologyQuery(at));
  const placed = at === undefined ? devices : (then.data?.items ?? []);
  const cells = placed.flatMap(({ device_id: device, site_id: site, cells: own }) =>
    own.map((cell) => ({ ...cell, device, site })),
  );
  return (
    <Card
      title="Cells"
      extra={
        <>
          <SegmentedControl label="View of the cells" value={view} choices={views} onChoose={setView} />
          <Tooltip label="Cells as of, UTC; empty: now">
            <Input
              type="datetime-local"
              aria-label="Cells as of, UTC; empty: now"
              style={{ width: 178 }}
              onChange={(event) => {
                setAt(utcOf(event.target.value));
                setChosen(undefined);
              }}
            />
          </Tooltip>
        </>
      }
      right={counted(cells.length, 'cell')}
    >
      {at !== undefined && then.data === undefined ? (
        <Loaded query={then} rows={4} what="cells of that time">
          {() => null}
        </Loaded>
      ) : cells.length === 0 ? (
        <Empty>
          <b>No cell {at === undefined ? 'is registered' : 'was registered at that time'}.</b>
        </Empty>
      ) : (
        <>
          {view === 'list' ? null : <Graph cells={cells} />}
          {view === 'graph' ? null : <List cells={cells} chosen={chosen} onChoose={setChosen} />}
          {view === 'graph' ? null : <Slices cells={cells} chosen={chosen} onChoose={setChosen} />}
          {chosen === undefined ? null : <Affected entity={chosen} at={at} />}
          {at === undefined || (then.data?.next ?? null) === null ? null : (
            <p className="note xs">The first {placed.length} devices of that time are shown.</p>
          )}
        </>
      )}
    </Card>
  );
};
