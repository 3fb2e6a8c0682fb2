import type { Schema } from '@interlock/api-types';
import type { ProblemDetails, Violation } from '@interlock/contracts';
import { devicesOfCsv } from '../../import/device-csv.js';
import { withoutTwins, type DeviceRow } from '../../import/device-rows.js';
import { devicesOfNetbox } from '../../import/netbox.js';
import { tableShape } from '../../output/output.js';
import { answer } from '../../program/declare.js';
import { requestedIn } from '../../change.js';
import { readText } from '../../reading.js';
import { answerOf, CliError, type Session } from '../../connection/session.js';

/** The outcome of one row, or its outcome if it were imported. */
type Outcome = {
  readonly from: string;
  readonly device_id: string;
  readonly result: 'new' | 'changed' | 'same' | 'registered' | 'updated' | 'requested' | 'refused';
  readonly violations: readonly Violation[];
};
type Checked = { readonly row: DeviceRow; readonly outcome: Outcome; readonly revision: string | null };

const check = async (session: Session, row: DeviceRow): Promise<Checked> => {
  const { from, device } = row;
  const id = typeof device['device_id'] === 'string' ? device['device_id'] : '';
  const refused = (violations: readonly Violation[]): Checked => ({
    row,
    revision: null,
    outcome: { from, device_id: id, result: 'refused', violations },
  });
  const response = await session.send('POST /api/v1/devices/validate', [], { body: device });
  if (response.status === 400 || response.status === 422) {
    const { violations, detail } = (await response.json()) as Partial<ProblemDetails>;
    return refused([...row.faults, ...(violations ?? [{ pointer: '', detail: detail ?? 'is refused' }])]);
  }
  const { change, revision, violations } = await answerOf<Schema<'ValidatedDeviceDto'>>(response);
  const faults = [...row.faults, ...violations];
  return faults.length > 0
    ? refused(faults)
    : { row, revision, outcome: { from, device_id: id, result: change, violations: [] } };
};

const write = async (session: Session, { row, outcome, revision }: Checked): Promise<Outcome> => {
  if (outcome.result === 'same') return outcome;
  const { device_id: id, ...settings } = row.device;
  const isNew = outcome.result === 'new';
  const response = isNew
    ? await session.send('POST /api/v1/devices', [], { body: row.device })
    : await session.send('PUT /api/v1/devices/{id}', [String(id)], {
        body: settings,
        headers: { 'if-match': `"${revision ?? ''}"` },
      });
  const change = await requestedIn(response);
  if (change !== undefined) {
    const { change_id: request, loosened } = change;
    const detail = `waits for approval of the change request \`${request}\``;
    return { ...outcome, result: 'requested', violations: [{ pointer: '', detail }, ...loosened] };
  }
  if (response.ok) return { ...outcome, result: isNew ? 'registered' : 'updated' };
  const { violations, detail } = (await response.json()) as Partial<ProblemDetails>;
  return {
    ...outcome,
    result: 'refused',
    violations: violations ?? [{ pointer: '', detail: detail ?? `status ${response.status}` }],
  };
};

const shape = tableShape<Outcome>(
  () => [
    { head: 'FROM', of: ({ from }) => from, fit: 8 },
    { head: 'DEVICE', of: ({ device_id }) => device_id, fit: 12 },
    { head: 'RESULT', of: ({ result }) => result, toned: true },
    {
      head: 'WHY',
      of: ({ violations }) =>
        violations.map(({ pointer, detail }) => `${pointer} ${detail}`.trim()).join('; '),
    },
  ],
  ({ device_id }) => device_id,
);

const rowsOf = async (
  file: string | undefined,
  netbox: string | undefined,
  query: string,
): Promise<readonly DeviceRow[]> => {
  if ((file === undefined) === (netbox === undefined))
    throw new CliError('name a file of CSV, or a NetBox with --netbox', 2);
  if (netbox === undefined) return devicesOfCsv(readText(file ?? ''));
  const token = process.env['NETBOX_TOKEN'] ?? '';
  if (token === '') throw new CliError('NETBOX_TOKEN holds no token', 2);
  return devicesOfNetbox(netbox, query, token);
};

/**
 * Registers and changes the devices of a file or a NetBox. Every row is validated first. A fault in
 * one row leaves all devices unchanged.
 */
export const addImport = answer({
  command: 'import [file]',
  about: 'register and change the devices of a CSV file or a NetBox; a single fault prevents every change',
  routes: ['POST /api/v1/devices/validate', 'POST /api/v1/devices', 'PUT /api/v1/devices/{id}'],
  options: {
    '--netbox <address>': 'read them from this NetBox, with the token in NETBOX_TOKEN',
    '--query <filters>': { about: 'only the devices of NetBox that match, such as site=ldn1', preset: '' },
    '--dry-run': 'print what would be done',
  },
  personal: true,
  run: async (call, file) => {
    const { netbox, query, dryRun } = call.options;
    const rows = withoutTwins(await rowsOf(file, netbox, query));
    const { session } = call;
    const checked: Checked[] = [];
    for (const row of rows) checked.push(await check(session, row));
    const isRefused = checked.some(({ outcome }) => outcome.result === 'refused');
    const items: Outcome[] = [];
    for (const one of checked)
      items.push(isRefused || dryRun === true ? one.outcome : await write(session, one));
    await call.tell({ items, next: null }, shape);
    const refused = items.filter(({ result }) => result === 'refused').length;
    if (refused > 0)
      throw new CliError(
        `${refused} of ${items.length} devices are refused${isRefused ? ': nothing is written' : ''}`,
      );
  },
});
