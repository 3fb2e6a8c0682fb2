import { Button, Input } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement, type ReactNode } from 'react';
import { typesQuery } from '../../api/queries.js';
import { numberText } from '../../format.js';
import { Choice } from '../../ui/forms/Choice.js';
import { Bar } from '../../ui/tables/Bar.js';
import { Columns } from '../../ui/tables/Columns.js';
import { Glyph } from '../../ui/glyphs.js';
import { ActionButton, Card, Loaded } from '../../ui/parts.js';
import { Chip } from '../../ui/states.js';
import { BudgetCard } from '../limits/Budget.js';
import { everyAccount } from '../limits/budgets.js';
import { cellOf, isAccount, levelNames, modeLook, modes, type Place } from './modes.js';
import { budgetDayQuery, budgetsQuery, earnedQuery, modesQuery, type EarnedCell } from '../queries.js';
import { SegmentedControl } from '../../ui/forms/SegmentedControl.js';
import { saveFile } from '../../ui/tables/save.js';
import { ModeList, modesCsv } from './ModeList.js';
import { Why } from '../Why.js';
import { cx } from '../../ui/cx.js';
import css from './matrix.module.css';

const Today = ({ account }: { readonly account: string }): ReactElement | null => {
  const budgets = useQuery(budgetsQuery());
  const day = useQuery(budgetDayQuery(account));
  if (day.data === undefined || budgets.data?.some(({ account_id: id }) => id === account) !== true)
    return <div className="xs t2">no budget: asks</div>;
  const { count, limit } = day.data;
  return (
    <>
      <div className="xs t2" style={{ marginBottom: 4 }}>
        <b>{numberText(count, 0)}</b> of {numberText(limit, 0)} today
      </div>
      <Bar share={(100 * count) / Math.max(1, limit)} size={4} />
    </>
  );
};

const noteOf = (record: EarnedCell | undefined): string => {
  if (record === undefined) return '';
  if (record.proposal !== null) return 'step up waits';
  if (record.standing.kind === 'up') return `stepped up, to ${record.standing.up_to ?? 0}`;
  return record.standing.kind === 'down' ? 'stepped down' : '';
};

const numberAt = (of: object, name: string): number | undefined => {
  const value: unknown = Object.hasOwn(of, name) ? Reflect.get(of, name) : undefined;
  return typeof value === 'number' ? value : undefined;
};

type CellBudgetProps = {
  readonly account: string;
  readonly type: string;
};
/** How much of the day's budget the actions of a type have used. */
const CellBudget = ({ account, type }: CellBudgetProps): ReactElement | null => {
  const { data } = useQuery(budgetDayQuery(account));
  if (data === undefined) return null;
  const used = numberAt(data.by_action_type, type) ?? 0;
  const limit = numberAt(data.max_per_action_type, type) ?? data.limit;
  return (
    <span className="xs t2">
      {numberText(used, 0)} of {numberText(limit, 0)}
    </span>
  );
};

type CellButtonProps = {
  readonly place: Place;
  readonly entries: Parameters<typeof cellOf>[0];
  readonly chosen: boolean;
  readonly record: EarnedCell | undefined;
  readonly onChoose: (place: Place) => void;
};
/**
 * A place of the matrix with the mode in force: the configured mode, adjusted by the step that its
 * outcomes led to.
 */
const CellButton = ({ place, entries, chosen, record, onChoose }: CellButtonProps): ReactElement => {
  const { account, type } = place;
  const cell = cellOf(entries, account, type);
  const step = record?.standing.kind ?? 'configured';
  const mode = step === 'configured' ? cell?.mode : record?.mode;
  const look = mode === undefined ? undefined : modeLook[mode];
  const note = noteOf(record);
  const where = `${account ?? 'any account'}, ${type ?? 'any type'}`;
  return (
    <Button
      variant="cell"
      className={cx(css['cell'], look !== undefined && `k-${look.kind}`, cell?.own === true && css['own'])}
      classNames={{ label: css['words'] ?? '' }}
      aria-pressed={chosen}
      onClick={() => onChoose(place)}
    >
      <span className="vh">{where}: </span>
      {cell === undefined || look === undefined ? (
        <span className="xs muted">nothing set</span>
      ) : (
        <>
          <span className={cx(css['mode'], 't2 row top-aligned')} style={{ gap: 4 }}>
            <Glyph name={look.glyph} kind={look.kind} />
            {look.word}
          </span>
          <span className="xs muted">
            {step === 'down' && cell.mode !== mode ? (
              <>set: {modeLook[cell.mode].word}</>
            ) : (
              <>
                {cell.level} {levelNames[cell.level]}
              </>
            )}
          </span>
        </>
      )}
      {mode === 'AUTO_EXECUTE' && account !== undefined && type !== undefined ? (
        <CellBudget account={account} type={type} />
      ) : null}
      {note === '' ? null : (
        <span className={`ef ${note.startsWith('step up') ? 'k-yellow' : 'k-vio'}`}>{note}</span>
      )}
    </Button>
  );
};

/** Adds a column for an account without records, so that a mode or a budget can be set for it. */
const AddAccount = ({ onAdd }: { readonly onAdd: (account: string) => void }): ReactElement => {
  const [text, setText] = useState('');
  const account = text.trim();
  const add = (): void => {
    if (!isAccount(account)) return;
    onAdd(account);
    setText('');
  };
  return (
    <form
      className="b row wrap"
      style={{ borderTop: '1px solid var(--line)' }}
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <Input
        className="mono"
        style={{ width: 190 }}
        aria-label="Another account"
        placeholder="another-account"
        value={text}
        maxLength={63}
        onChange={(event) => setText(event.target.value)}
      />
      <ActionButton
        size="sm"
        off={isAccount(account) ? undefined : 'Use lower-case letters, digits, _ . and -'}
        onAct={add}
      >
        Show its column
      </ActionButton>
    </form>
  );
};

const views = { matrix: 'Matrix', list: 'List' } as const;

/**
 * The matrix of modes: rows are action types, columns are accounts. Each cell names the source of
 * its mode.
 */
export const Matrix = ({ below }: { readonly below: ReactNode }): ReactElement => {
  const entries = useQuery(modesQuery());
  const types = useQuery(typesQuery());
  const budgets = useQuery(budgetsQuery());
  const earned = useQuery(earnedQuery());
  const [chosen, setChosen] = useState<Place | undefined>();
  const [view, setView] = useState<keyof typeof views>('matrix');
  const [column, setColumn] = useState(0);
  const [added, setAdded] = useState<readonly string[]>([]);
  const cells = earned.data?.items ?? [];
  const accounts = [
    ...new Set([
      ...(entries.data?.items ?? []).flatMap(({ account_id: id }) => id ?? []),
      ...(budgets.data ?? []).map(({ account_id: id }) => id).filter((id) => id !== everyAccount),
      ...cells.map(({ account_id: id }) => id),
      ...added,
    ]),
  ].sort();
  const named = [
    ...new Set([
      ...(entries.data?.items ?? []).flatMap(({ action_type: type }) => type ?? []),
      ...cells.map(({ action_type: type }) => type),
      ...(types.data?.items ?? [])
        .filter(({ handler }) => handler !== null)
        .map(({ action_type: type }) => type),
    ]),
  ].sort();
  const recordOf = (account: string | undefined, type: string | undefined): EarnedCell | undefined =>
    cells.find((one) => one.account_id === account && one.action_type === type);
  const columns: readonly (string | undefined)[] = [undefined, ...accounts];
  const rows: readonly (string | undefined)[] = [undefined, ...named];
  const place = chosen ?? { account: accounts[0], type: named[0] };
  return (
    <Columns side={336} sticky>
      <div>
        <Card
          title="Modes and budgets"
          extra={modes.toReversed().map((mode) => (
            <Chip key={mode} plain look={modeLook[mode]} />
          ))}
          right={
            <>
              <span className="hide-m">framed: set here</span>
              <SegmentedControl label="View of the modes" value={view} choices={views} onChoose={setView} />
              <ActionButton
                size="sm"
                off={entries.data === undefined ? 'Still loading' : undefined}
                onAct={() => saveFile('modes.csv', modesCsv(entries.data?.items ?? []), 'text/csv')}
              >
                Export
              </ActionButton>
            </>
          }
        >
          <Choice
            hiddenFrom="sm"
            className="b bb"
            label="Account"
            value={String(column)}
            choices={columns.map((account, i) => ({
              value: String(i),
              label: account ?? 'any account, the tenant',
            }))}
            onChoose={(at) => {
              setColumn(Number(at));
              setChosen({ account: columns[Number(at)], type: place.type });
            }}
          />
          <Loaded query={entries} rows={8} what="modes">
            {({ items }) =>
              view === 'list' ? (
                <ModeList entries={items} onChoose={setChosen} />
              ) : (
                <div className="scroll" tabIndex={0} role="region" aria-label="Matrix, scrolls sideways">
                  <table className={css['matrix']}>
                    <thead>
                      <tr>
                        <th scope="col">Action type</th>
                        {columns.map((account, i) => (
                          <th
                            key={account ?? ''}
                            scope="col"
                            className={cx(i === 0 && css['tenant'], i !== column && css['off'])}
                          >
                            <b className="iso">{account ?? 'any account'}</b>
                            {account === undefined ? (
                              <div className="xs t2">the tenant</div>
                            ) : (
                              <Today account={account} />
                            )}
                          </th>
                        ))}
                      </tr>
                    </thead>
                    <tbody>
                      {rows.map((type) => (
                        <tr key={type ?? ''}>
                          <th scope="row">
                            {type === undefined ? (
                              <>
                                any type<div className="muted mono">DEFAULT</div>
                              </>
                            ) : (
                              <span className="mono iso">{type}</span>
                            )}
                          </th>
                          {columns.map((account, i) => {
                            const at = { account, type };
                            return (
                              <td
                                key={account ?? ''}
                                className={cx(i === 0 && css['tenant'], i !== column && css['off'])}
                              >
                                <CellButton
                                  place={at}
                                  entries={items}
                                  chosen={account === place.account && type === place.type}
                                  record={recordOf(account, type)}
                                  onChoose={setChosen}
                                />
                              </td>
                            );
                          })}
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
              )
            }
          </Loaded>
          <AddAccount
            onAdd={(account) => {
              setAdded([...added, account]);
              setChosen({ account, type: place.type });
            }}
          />
        </Card>
        {below}
      </div>
      <div>
        {entries.data === undefined || types.data === undefined ? null : (
          <Why key={`why ${place.account} ${place.type}`} place={place} entries={entries.data.items} />
        )}
        <BudgetCard
          key={`budget ${place.account} ${place.type}`}
          account={place.account ?? everyAccount}
          type={place.type}
        />
      </div>
    </Columns>
  );
};
