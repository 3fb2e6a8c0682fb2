import type { Schema } from '@interlock/api-types';
import type { ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { sentence } from '../format.js';
import { qualificationLook } from './device-words.js';
import type { GlyphName, Kind } from '../ui/glyphs.js';
import { ReasonAct } from '../ui/dialogs/ReasonAct.js';
import { Card, Empty, Time } from '../ui/parts.js';
import { Chip } from '../ui/states.js';
import { Table } from '../ui/tables/Table.js';
import { Hint } from '../ui/Tooltip.js';

type Device = Schema<'ShownDeviceDto'>;
type Look = { readonly kind: Kind; readonly glyph: GlyphName; readonly word: string };

const resultLook = {
  pass: { kind: 'green', glyph: 'ok', word: 'Pass' },
  fail: { kind: 'red', glyph: 'oct', word: 'Fail' },
  not_offered: { kind: 'unk', glyph: 'none', word: 'Not offered' },
} as const satisfies { readonly [result: string]: Look };

const held = ['none', 'candidate', 'running', 'both'] as const;

/** Starts the qualification of a device, with a reason. */
const Qualify = ({ device }: { readonly device: Device }): ReactElement => {
  const missing = useMissingScope('DEVICE_WRITE');
  const qualify = useSend(
    (reason: string) =>
      call('post', '/api/v1/devices/{id}/qualify', { path: { id: device.device_id }, body: { reason } }),
    ['devices'],
    'The qualification was requested.',
  );
  return (
    <ReasonAct
      label="Qualify…"
      off={missing ?? (device.qualification.state === 'running' ? 'It is under way' : undefined)}
      title={`Qualify ${device.device_id}`}
      act="Start the qualification"
      send={qualify}
    >
      <p className="t2">
        One small value on the device is changed and restored about thirty times. Actions on the device wait
        until the end.
      </p>
    </ReasonAct>
  );
};

/** The level that a device has earned, and the ways in which it was tested. */
export const Qualification = ({ device }: { readonly device: Device }): ReactElement => {
  const { qualification, qualification_matrix: matrix } = device;
  return (
    <Card title="Qualification" extra={<Qualify device={device} />}>
      <div className="b">
        <p>
          <Chip plain look={qualificationLook[qualification.state]} />{' '}
          {qualification.level === null ? null : <b>{qualification.level}</b>}
          {qualification.qualified_at === null ? null : (
            <span className="t2">
              {' '}
              since <Time at={qualification.qualified_at} zoned />
            </span>
          )}
        </p>
        {qualification.why === null ? null : <p className="t2 long iso">{qualification.why}</p>}
      </div>
      {matrix.ways.length === 0 ? (
        <Empty>No test has shown how the device rolls changes back.</Empty>
      ) : (
        <Table
          name="Qualification"
          head={[
            'Way to end a change',
            ...held.map((locks) => (locks === 'none' ? 'No lock' : `Lock: ${locks}`)),
          ]}
        >
          {matrix.ways.map((row) => (
            <tr key={row.way}>
              <td>{sentence(row.way)}</td>
              {held.map((locks) => (
                <td key={locks}>
                  <Hint
                    label={matrix.failures.find((one) => one.way === row.way && one.locks === locks)?.why}
                  >
                    <Chip plain look={resultLook[row[locks]]} />
                  </Hint>
                </td>
              ))}
            </tr>
          ))}
        </Table>
      )}
      {matrix.ways.length === 0 ? null : (
        <p className="note xs">
          A way that fails while running is locked is the reason why running is unlocked at once after the
          commit. Another set of modules on the device asks for a new run.
        </p>
      )}
    </Card>
  );
};
