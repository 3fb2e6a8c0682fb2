import { Link } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { counted } from '../format.js';
import { SegmentedControl } from '../ui/forms/SegmentedControl.js';
import { Card } from '../ui/parts.js';
import { Table } from '../ui/tables/Table.js';
import type { DeviceEntry } from './device-words.js';

type Cell = DeviceEntry['cells'][number] & { readonly device: string; readonly site: string };

const views = [
  ['both', 'Both'],
  ['graph', 'Graph'],
  ['list', 'List'],
] as const;
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

const List = ({ cells }: { readonly cells: readonly Cell[] }): ReactElement => (
  <Table
    name="Cells"
    head={
      <>
        <th>Cell</th>
        <th>Site</th>
        <th>Device</th>
        <th>Covered by</th>
      </>
    }
  >
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
      </tr>
    ))}
  </Table>
);

/** The cells of the devices with their neighbours, as a graph and as a list. */
export const Topology = ({ devices }: { readonly devices: readonly DeviceEntry[] }): ReactElement | null => {
  const [view, setView] = useState<(typeof views)[number][0]>('both');
  const cells = devices.flatMap(({ device_id: device, site_id: site, cells: own }) =>
    own.map((cell) => ({ ...cell, device, site })),
  );
  if (cells.length === 0) return null;
  return (
    <Card
      title="Cells"
      extra={<SegmentedControl label="View of the cells" value={view} choices={views} onChoose={setView} />}
      right={counted(cells.length, 'cell')}
    >
      {view === 'list' ? null : <Graph cells={cells} />}
      {view === 'graph' ? null : <List cells={cells} />}
    </Card>
  );
};
