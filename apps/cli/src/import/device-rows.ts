import type { Violation } from '@interlock/contracts';
import { jsonTextFaults } from '@interlock/kernel';

/** A device in an import: a row of a file, or a device of NetBox. */
export type DeviceRow = {
  /** The origin for messages: `row 3`, `netbox 17`. */
  readonly from: string;
  /** The body of the request that registers it. */
  readonly device: { readonly [member: string]: unknown };
  readonly faults: readonly Violation[];
};

/** The members of a device in the order of the columns. All but the last five are required. */
export const deviceColumns = [
  ...['device_id', 'site_id', 'host', 'username', 'credentials_ref', 'host_key_fingerprint'],
  ...['port', 'profile', 'cells', 'call_home', 'transport'],
] as const;

/** The registered ports of NETCONF. */
const defaultPorts = { ssh: 830, tls: 6513 } as const;

/** The largest number of faults that are named for the cells of one device. */
const mostFaults = 20;

const cellsOf = (text: string): unknown => {
  if (text.startsWith('[')) return JSON.parse(text) as unknown;
  return text
    .split(';')
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '')
    .map((cell_id) => ({ cell_id, neighbours: [] }));
};

/**
 * Returns a device from named texts. `port` is 830 by default, or 6513 over TLS. `cells` are ids
 * separated by `;`, or the API's JSON with their neighbours. `call_home` is `true` or `false`, by
 * default `false`; `transport` is `ssh` or `tls`, by default `ssh`.
 */
export const deviceRow = (from: string, texts: { readonly [column: string]: string }): DeviceRow => {
  const faults: Violation[] = [];
  const { port = '', cells = '', call_home = '', ...others } = texts;
  const said = Object.fromEntries(Object.entries(others).filter(([, text]) => text !== ''));
  let held: unknown = [];
  try {
    held = cellsOf(cells);
    if (cells.startsWith('['))
      for (const { pointer, detail } of jsonTextFaults(cells, mostFaults))
        faults.push({ pointer: `/cells${pointer}`, detail });
  } catch {
    faults.push({ pointer: '/cells', detail: 'is not JSON' });
  }
  if (!['', 'true', 'false'].includes(call_home))
    faults.push({ pointer: '/call_home', detail: 'is `true` or `false`' });
  const { transport = 'ssh' } = said;
  if (transport !== 'ssh' && transport !== 'tls')
    faults.push({ pointer: '/transport', detail: 'is `ssh` or `tls`' });
  const device = {
    ...said,
    port: port === '' ? defaultPorts[transport === 'tls' ? 'tls' : 'ssh'] : Number(port),
    ...(call_home === 'true' ? { call_home: true } : {}),
    cells: held,
  };
  return { from, device, faults };
};

/** Returns the rows, with a fault for each device and each cell that appears in two of them. */
export const withoutTwins = (rows: readonly DeviceRow[]): readonly DeviceRow[] => {
  const seen = new Map<string, string>();
  return rows.map((row) => {
    const { device_id: id, cells } = row.device;
    const ids = Array.isArray(cells)
      ? cells.map((cell: unknown) => (cell as { readonly cell_id?: unknown } | null)?.cell_id)
      : [];
    const named = [
      ['/device_id', 'device', id] as const,
      ...ids.map((cell, i) => [`/cells/${i}/cell_id`, 'cell', cell] as const),
    ];
    const faults = named.flatMap(([pointer, kind, name]): Violation[] => {
      const key = `${kind} ${String(name)}`;
      const first = seen.get(key);
      if (first === undefined) seen.set(key, row.from);
      return first === undefined || first === row.from
        ? []
        : [{ pointer, detail: `\`${String(name)}\` stands in ${first}, too` }];
    });
    return faults.length === 0 ? row : { ...row, faults: [...row.faults, ...faults] };
  });
};
