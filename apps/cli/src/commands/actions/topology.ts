import { tableText } from '../../output/table.js';
import { ask, group } from '../../program/declare.js';
import { list } from '../../lists.js';

const at = { '--at <time>': 'as it was at this time (RFC 3339)' } as const;

/** `interlock topology`: sites, devices, cells, neighbours and slices, now or at a time. */
export const addTopology = group(
  'topology',
  'sites, devices, cells, their neighbours and slices, now or at a time',
  [
    list({
      command: 'list',
      about: 'list devices with their cells, by name',
      route: 'GET /api/v1/topology',
      what: 'devices',
      query: { ...at, '--site <site>': { about: 'only those of this site', as: 'site_id' } },
      limit: 50,
      columns: [
        { head: 'DEVICE', of: ({ device_id }) => device_id, fit: 12 },
        { head: 'SITE', of: ({ site_id }) => site_id, fit: 8 },
        { head: 'PROFILE', of: ({ profile }) => profile, fit: 8 },
        {
          head: 'CELLS, COVERED BY',
          of: ({ cells }) =>
            cells
              .map(({ cell_id, neighbours }) =>
                neighbours.length === 0
                  ? cell_id
                  : `${cell_id} (${neighbours.map((one) => `${one.cell_id} ${one.coverage}`).join(', ')})`,
              )
              .join('; '),
          fit: 20,
        },
        {
          head: 'SLICES',
          of: ({ cells }) => {
            const slices = cells.map((cell) => cell.slices);
            const named = [...new Set(slices.flatMap((of) => of?.map(({ slice_id }) => slice_id) ?? []))];
            return [...named.toSorted(), ...(slices.includes(null) ? ['unknown'] : [])].join(', ');
          },
          fit: 10,
        },
        { head: 'SINCE (UTC)', time: ({ since }) => since, fit: 15 },
        { head: 'UNTIL (UTC)', time: ({ until }) => until },
      ],
      id: ({ device_id }) => device_id,
    }),
    ask({
      command: 'affected <entity>',
      about: 'show what a change of a cell, a device, a site or a slice may affect',
      route: 'GET /api/v1/topology/{entity_id}/affected',
      query: at,
      shape: {
        text: ({ cells }, screen, wide) =>
          tableText(
            cells,
            [
              { head: 'CELL', of: ({ cell_id }) => cell_id, fit: 12 },
              { head: 'RELATION', of: ({ relation }) => relation },
              { head: 'COVERAGE', of: ({ coverage }) => coverage },
              { head: 'DEVICE', of: ({ device_id }) => device_id ?? 'not registered', fit: 12 },
              { head: 'SITE', of: ({ site_id }) => site_id, fit: 8 },
              { head: 'SLICES', of: ({ slices }) => slices?.join(', ') ?? 'unknown', fit: 8 },
            ],
            screen,
            { wide },
          ),
        names: ({ cells }) => cells.map(({ cell_id }) => cell_id),
      },
    }),
  ],
);
