import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement, type ReactNode } from 'react';
import { call, tenantStore } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { numberText, sentence } from '../format.js';
import { useKeys } from '../shell/keys.js';
import { Glyph } from '../ui/glyphs.js';
import { Act, Card, Loaded, Problem, Time } from '../ui/parts.js';
import { Chip } from '../ui/states.js';
import { cellOf, levelNames, modeLook, modes } from './modes.js';
import {
  budgetDayQuery,
  budgetsQuery,
  earnedQuery,
  explainQuery,
  modesQuery,
  typesQuery,
  type Mode,
} from './queries.js';

type Place = { readonly account: string; readonly type: string };

const Today = ({ account }: { readonly account: string }): ReactElement | null => {
  const day = useQuery({ ...budgetDayQuery(account), retry: false });
  if (day.data === undefined) return <span className="cap">no budget: asks</span>;
  const { count, limit } = day.data;
  return (
    <>
      <span className="cap">
        <b>{count}</b> of {limit} today
      </span>
      <span className="bar">
        <i style={{ width: `${Math.min(100, (100 * count) / Math.max(1, limit))}%` }} />
      </span>
    </>
  );
};

const CellButton = ({
  place,
  account,
  type,
  entries,
  chosen,
  note,
  onChoose,
}: {
  readonly place: Place;
  readonly account: string | undefined;
  readonly type: string | undefined;
  readonly entries: Parameters<typeof cellOf>[0];
  readonly chosen: boolean;
  readonly note: string;
  readonly onChoose: (place: Place) => void;
}): ReactElement => {
  const cell = cellOf(entries, account, type);
  const look = cell === undefined ? undefined : modeLook[cell.mode];
  const where = `${account ?? 'any account'}, ${type ?? 'any type'}`;
  return (
    <button
      type="button"
      className={`mc ${look === undefined ? 'nil' : `k-${look.kind}`} ${cell?.own === true ? 'own' : ''}`}
      aria-pressed={chosen}
      onClick={() => {
        onChoose(place);
      }}
    >
      <span className="vh">{where}: </span>
      {cell === undefined || look === undefined ? (
        <span className="s">nothing set</span>
      ) : (
        <>
          <span className="m">
            <Glyph name={look.glyph} kind={look.kind} />
            {look.word}
          </span>
          <span className="s">
            {cell.level} {levelNames[cell.level]}
          </span>
        </>
      )}
      {note === '' ? null : <span className={`nt ${note.startsWith('step up') ? 'ylw' : 'vi'}`}>{note}</span>}
    </button>
  );
};

/** Why a cell has its mode, level by level, and how to change it. */
const Why = ({ place }: { readonly place: Place }): ReactElement => {
  const why = useQuery(explainQuery(place.account, place.type));
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const [mode, setMode] = useState<Mode | ''>('');
  const put = useSend(
    (chosen: Mode) =>
      call('put', '/api/v1/autonomy/config', {
        tenant: tenantStore.get(),
        body: { mode: chosen, account_id: place.account, action_type: place.type },
      }),
    ['autonomy'],
  );
  const remove = useSend(
    () =>
      call('delete', '/api/v1/autonomy/config', {
        tenant: tenantStore.get(),
        query: { account_id: place.account, action_type: place.type },
      }),
    ['autonomy'],
  );
  useKeys({ m: () => document.getElementById('mode')?.focus() });
  return (
    <Card
      title={`${place.account}, ${place.type}`}
      right={
        why.data === undefined ? undefined : (
          <Chip look={{ ...modeLook[why.data.mode], word: why.data.mode }} />
        )
      }
    >
      <Loaded query={why} rows={6} what="the explanation">
        {(data) => (
          <>
            <ol className="lv" aria-label="Five levels, the first that says something decides">
              {data.levels.map((level) => (
                <li key={level.level} className={level.outcome === 'decided' ? 'hit' : undefined}>
                  <span className="no">{level.level}</span>
                  <span>{sentence(levelNames[level.level])}</span>
                  {level.entry === null ? (
                    <span className="muted sm">nothing set</span>
                  ) : (
                    <span className={`ef k-${modeLook[level.entry.mode].kind}`}>
                      <Glyph name={modeLook[level.entry.mode].glyph} kind={modeLook[level.entry.mode].kind} />
                      {level.entry.mode}
                    </span>
                  )}
                  <span className="d long iso">
                    {level.explanation}
                    {level.entry === null ? null : (
                      <>
                        . Set <Time at={level.entry.updated_at} zoned />.
                      </>
                    )}
                  </span>
                </li>
              ))}
            </ol>
            <p className="b sm t2 long iso">
              {data.explanation}
              {data.earned === null ? '' : ` ${data.earned.explanation}`}
            </p>
            <div className="b row wrap" style={{ borderTop: '1px solid var(--line)' }}>
              <select
                id="mode"
                aria-label="New mode"
                style={{ width: 'auto' }}
                value={mode}
                onChange={(event) => {
                  setMode(modes.find((one) => one === event.target.value) ?? '');
                }}
              >
                <option value="">Change mode…</option>
                {modes.map((one) => (
                  <option key={one} value={one}>
                    {modeLook[one].word}
                  </option>
                ))}
              </select>
              <Act
                className="sm"
                off={
                  missing ??
                  (mode === '' ? 'Choose a mode first' : undefined) ??
                  (put.isPending ? 'It is being sent' : undefined)
                }
                onAct={() => {
                  if (mode !== '')
                    put.mutate(mode, {
                      onSuccess: () => {
                        setMode('');
                      },
                    });
                }}
              >
                {put.isPending ? 'Sending…' : 'Set it here'}
              </Act>
              <Act
                className="sm"
                off={
                  missing ??
                  (data.levels.some(({ level, entry }) => level === 1 && entry !== null)
                    ? undefined
                    : 'Nothing is set right here')
                }
                onAct={() => {
                  remove.mutate(undefined);
                }}
              >
                Remove
              </Act>
            </div>
            {put.isError ? <Problem error={put.error} what="nothing was changed" /> : null}
            {remove.isError ? <Problem error={remove.error} what="nothing was removed" /> : null}
          </>
        )}
      </Loaded>
    </Card>
  );
};

/** Rows are action types, columns accounts; each cell names its source. */
export const Matrix = ({ below }: { readonly below: ReactNode }): ReactElement => {
  const entries = useQuery(modesQuery());
  const types = useQuery(typesQuery());
  const budgets = useQuery(budgetsQuery());
  const earned = useQuery(earnedQuery());
  const [chosen, setChosen] = useState<Place | undefined>();
  const [column, setColumn] = useState(0);
  const cells = earned.data?.items ?? [];
  const accounts = [
    ...new Set([
      ...(entries.data?.items ?? []).flatMap(({ account_id: id }) => id ?? []),
      ...(budgets.data ?? []).map(({ account_id: id }) => id),
      ...cells.map(({ account_id: id }) => id),
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
  const noteOf = (account: string, type: string): string => {
    const cell = cells.find((one) => one.account_id === account && one.action_type === type);
    if (cell !== undefined && cell.proposal !== null) return 'step up waits';
    return cell?.standing.kind === 'down' ? 'stepped down' : '';
  };
  const columns: readonly (string | undefined)[] = [undefined, ...accounts];
  const rows: readonly (string | undefined)[] = [undefined, ...named];
  const place = chosen ?? { account: accounts[0] ?? '', type: named[0] ?? '' };
  return (
    <div className="an">
      <div>
        <Card
          title="Modes and budgets"
          extra={modes.toReversed().map((mode) => (
            <Chip key={mode} plain look={modeLook[mode]} />
          ))}
          right={<span className="hide-m">framed: set here</span>}
        >
          <label className="pick sm t2">
            Account
            <select
              value={column}
              onChange={(event) => {
                setColumn(Number(event.target.value));
              }}
            >
              {columns.map((account, i) => (
                <option key={account ?? ''} value={i}>
                  {account ?? 'any account, the tenant'}
                </option>
              ))}
            </select>
          </label>
          <Loaded query={entries} rows={8} what="modes">
            {({ items }) => (
              <div className="scroll" tabIndex={0} role="region" aria-label="Matrix, scrolls sideways">
                <table className="mx">
                  <thead>
                    <tr>
                      <th scope="col">Action type</th>
                      {columns.map((account, i) => (
                        <th
                          key={account ?? ''}
                          scope="col"
                          className={`${i === 0 ? 'c0' : ''} ${i === column ? 'on' : 'off'}`}
                        >
                          <span className="ac iso">{account ?? 'any account'}</span>
                          {account === undefined ? (
                            <span className="cap">the tenant</span>
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
                              any type<span className="d mono">DEFAULT</span>
                            </>
                          ) : (
                            <span className="mono iso">{type}</span>
                          )}
                        </th>
                        {columns.map((account, i) => {
                          const at = { account: account ?? accounts[0] ?? '', type: type ?? named[0] ?? '' };
                          return (
                            <td
                              key={account ?? ''}
                              className={`${i === 0 ? 'c0' : ''} ${i === column ? 'on' : 'off'}`}
                            >
                              <CellButton
                                place={at}
                                account={account}
                                type={type}
                                entries={items}
                                chosen={
                                  account !== undefined &&
                                  type !== undefined &&
                                  at.account === place.account &&
                                  at.type === place.type
                                }
                                note={
                                  account === undefined || type === undefined ? '' : noteOf(account, type)
                                }
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
            )}
          </Loaded>
        </Card>
        {below}
      </div>
      <div>
        {place.account === '' || place.type === '' ? null : (
          <Why key={`${place.account} ${place.type}`} place={place} />
        )}
        {place.account === '' ? null : <BudgetCard account={place.account} type={place.type} />}
      </div>
    </div>
  );
};

const BudgetCard = ({ account, type }: { readonly account: string; readonly type: string }): ReactElement => {
  const day = useQuery({ ...budgetDayQuery(account), retry: false });
  return (
    <Card title="Budget" extra={<span className="tag mono iso">{account}</span>}>
      <Loaded query={day} rows={3} what="the budget">
        {(data) => {
          const used = Object.entries(data.by_action_type).find(([name]) => name === type)?.[1];
          const most = Object.entries(data.max_per_action_type).find(([name]) => name === type)?.[1];
          return (
            <div className="b">
              <dl className="kv">
                <dt>Today</dt>
                <dd>
                  {data.count} of {data.limit}, the day of {data.date_key} ({data.time_zone})
                </dd>
                <dt>This type</dt>
                <dd>
                  {numberText(Number(used ?? 0), 0)}
                  {most === undefined ? '' : ` of ${numberText(Number(most), 0)}`}
                </dd>
                <dt>Unused days</dt>
                <dd>{data.unused_days}: each takes 10 % of the limit, down to half</dd>
                <dt>Left</dt>
                <dd>
                  {Math.max(0, data.limit - data.count)}; the next one above asks a person, none is dropped
                </dd>
              </dl>
            </div>
          );
        }}
      </Loaded>
    </Card>
  );
};
