import { Button } from '@mantine/core';
import type { ReactElement } from 'react';
import { Empty, Time } from '../../ui/parts.js';
import { Chip } from '../../ui/states.js';
import { csvOf } from '../../ui/tables/csv.js';
import { Table, unseen } from '../../ui/tables/Table.js';
import type { ModeEntry } from '../queries.js';
import { modeLook, type Place } from './modes.js';

/** Returns the modes as CSV (RFC 4180) with a header row. Pure. */
export const modesCsv = (entries: readonly ModeEntry[]): string =>
  csvOf([
    ['account', 'action_type', 'mode', 'updated_at'],
    ...entries.map(({ account_id: account, action_type: type, mode, updated_at: at }) => [
      account ?? '',
      type ?? '',
      mode,
      at,
    ]),
  ]);

type ModeListProps = {
  readonly entries: readonly ModeEntry[];
  readonly onChoose: (place: Place) => void;
};
/** The modes that are set, one in each row. */
export const ModeList = ({ entries, onChoose }: ModeListProps): ReactElement =>
  entries.length === 0 ? (
    <Empty>
      <b>Nothing is set.</b> Every action asks a person.
    </Empty>
  ) : (
    <Table name="Modes" head={['Account', 'Action type', 'Mode', 'Set', unseen('Open')]}>
      {entries.map(({ account_id: account, action_type: type, mode, updated_at: at }) => (
        <tr key={`${account ?? ''} ${type ?? ''}`}>
          <td className="iso">{account ?? 'any account'}</td>
          <td className="mono iso">{type ?? 'any type'}</td>
          <td>
            <Chip plain look={modeLook[mode]} />
          </td>
          <td>
            <Time at={at} />
          </td>
          <td>
            <Button
              size="sm"
              aria-label={`Open ${account ?? 'any account'}, ${type ?? 'any type'}`}
              onClick={() => onChoose({ account, type })}
            >
              Open
            </Button>
          </td>
        </tr>
      ))}
    </Table>
  );
