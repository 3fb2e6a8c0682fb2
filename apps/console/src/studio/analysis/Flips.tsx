import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { actionQuery, type ActionState } from '../../api/queries.js';
import { useMissingScope } from '../../api/session.js';
import { counted, numberText, shortId } from '../../format.js';
import { cols } from '../../ui/tables/Columns.js';
import { UntrustedText } from '../../ui/parts.js';
import { actionLook } from '../../ui/states.js';
import { changes, deltaText } from './flip-words.js';
import { lookOfEffect } from '../rules.js';
import { RowButton } from '../RowButton.js';
import { cx } from '../../ui/cx.js';
import css from '../studio.module.css';

/** One changed decision, in the form that all lists share. */
export type ShownFlip = {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly rule: string | null;
  readonly wasRule: string | null;
  readonly action: string | null;
  readonly what: string;
};
/** The number of decisions of a group that are shown at once, with their outcomes. */
const page = 8;

export const Arrow = ({ from, to }: { readonly from: string; readonly to: string }): ReactElement => (
  <span className="row wrap sm" style={{ gap: 5 }}>
    <span className={`ef k-${lookOfEffect(from).kind}`}>{lookOfEffect(from).word}</span>
    <span aria-label="becomes">→</span>
    <span className={`ef k-${lookOfEffect(to).kind}`}>{lookOfEffect(to).word}</span>
  </span>
);

type DecisionBarsProps = {
  readonly before: { readonly [decision: string]: number };
  readonly after: { readonly [decision: string]: number };
  readonly names: readonly [string, string];
};
/** The decisions before and after as bars on one scale. */
export const DecisionBars = ({ before, after, names }: DecisionBarsProps): ReactElement => {
  const rows = Object.keys(after);
  const most = Math.max(1, ...rows.flatMap((row) => [before[row] ?? 0, after[row] ?? 0]));
  return (
    <table className={css['bars']}>
      <caption className="vh">Decisions by {names.join(' and ')}</caption>
      <thead>
        <tr>
          <th scope="col">Decision</th>
          <td />
          <th scope="col" className="num">
            {names[0]}
          </th>
          <th scope="col" className="num">
            {names[1]}
          </th>
          <th scope="col" className="num">
            <span className="vh">Difference</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const [was, is] = [before[row] ?? 0, after[row] ?? 0];
          const look = lookOfEffect(row);
          return (
            <tr key={row}>
              <th scope="row">{look.word}</th>
              <td style={{ width: '40%' }}>
                <svg
                  className={cx(css['two'], `k-${look.kind}`)}
                  viewBox="0 0 100 12"
                  preserveAspectRatio="none"
                  aria-hidden="true"
                >
                  <rect fill="var(--ctl)" opacity="0.55" x="0" y="0" height="5" width={(100 * was) / most} />
                  <rect x="0" y="7" height="5" width={(100 * is) / most} />
                </svg>
              </td>
              <td className="num t2">{numberText(was)}</td>
              <td className="num fw">{numberText(is)}</td>
              <td className="num" style={{ minWidth: 36 }}>
                {deltaText(is - was)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
};

/** The real outcomes of the actions, as counts. */
const Outcomes = ({ ids }: { readonly ids: readonly string[] }): ReactElement | null => {
  const missing = useMissingScope('AUTONOMOUS_READ');
  const asked = useQueries({
    queries: ids.map((id) => ({ ...actionQuery(id), enabled: missing === undefined, retry: false })),
  });
  if (missing !== undefined) return <span className="muted">Their outcomes: {missing}.</span>;
  const counts = new Map<ActionState, number>();
  for (const { data } of asked)
    if (data !== undefined) counts.set(data.state, (counts.get(data.state) ?? 0) + 1);
  if (counts.size === 0) return null;
  return (
    <span className="muted">
      Actual outcomes:{' '}
      {[...counts].map(([state, count]) => `${count} ${actionLook[state].word.toLowerCase()}`).join(', ')}.
    </span>
  );
};

/** The columns of a row of changes. */
export const flipCols = { ...cols('minmax(0, 1fr) auto'), padding: '7px 12px' };

const Row = ({ flip }: { readonly flip: ShownFlip }): ReactElement => (
  <li className="grid bb" style={flipCols}>
    <span>
      {flip.action === null ? (
        <span className="mono iso">{shortId(flip.id)}</span>
      ) : (
        <Link to="/actions/$id" params={{ id: flip.action }} className="mono iso">
          {shortId(flip.action)}
        </Link>
      )}{' '}
      <span className="muted iso">{flip.what}</span>
    </span>
    <span className="all sm muted">
      {flip.rule === null ? 'no rule' : <UntrustedText text={flip.rule} />}, was{' '}
      {flip.wasRule === null ? 'no rule' : <UntrustedText text={flip.wasRule} />}
    </span>
  </li>
);

type GroupProps = {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly flips: readonly ShownFlip[];
};
const Group = ({ from, to, count, flips }: GroupProps): ReactElement => {
  const [open, setOpen] = useState(false);
  const shown = flips.slice(0, page);
  const rules = [...new Set(flips.map(({ rule }) => rule ?? 'no rule'))];
  return (
    <li>
      <RowButton aria-expanded={open} onClick={() => setOpen(!open)}>
        <span className="grid" style={cols('minmax(0, 1fr) auto')}>
          <Arrow from={from} to={to} />
          <b>{numberText(count)}</b>
          <span className="all sm muted iso">
            by {rules.slice(0, 3).join(', ').slice(0, 120)}
            {rules.length > 3 ? ` and ${rules.length - 3} more` : ''}
          </span>
        </span>
      </RowButton>
      {open ? (
        <div style={{ background: 'var(--sunken)' }}>
          <p className="note xs">
            <Outcomes ids={shown.flatMap(({ action }) => (action === null ? [] : [action]))} />{' '}
            {count > shown.length ? `${shown.length} of ${numberText(count)} are shown.` : ''}
          </p>
          <ul aria-label={`${from} to ${to}`}>
            {shown.map((flip) => (
              <Row key={flip.id} flip={flip} />
            ))}
          </ul>
        </div>
      ) : null}
    </li>
  );
};

type FlipListProps = {
  readonly counts: { readonly [change: string]: number };
  readonly flips: readonly ShownFlip[];
  /** The name of the list, in case another one is on the same page. */
  readonly label?: string;
};
/**
 * The changed decisions, grouped by old and new effect. Groups that were denied before come first.
 */
export const FlipList = ({ counts, flips, label = 'Flip list' }: FlipListProps): ReactElement => {
  const groups = changes(counts);
  const all = groups.reduce((sum, { count }) => sum + count, 0);
  return (
    <section aria-label={label}>
      <div className="row b" style={{ padding: '9px 12px 4px' }}>
        <b>{label}</b>
        <span className="tag">{counted(all, 'decision')}</span>
      </div>
      {groups.length === 0 ? (
        <p className="note">No decision changes.</p>
      ) : (
        <ul aria-label="Changes">
          {groups.map(({ from, to, count }) => (
            <Group
              key={`${from}${to}`}
              from={from}
              to={to}
              count={count}
              flips={flips.filter((flip) => flip.from === from && flip.to === to)}
            />
          ))}
        </ul>
      )}
    </section>
  );
};
