import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { sentence } from '../format.js';
import { useKeys } from '../shell/keys.js';
import { cols } from '../ui/tables/Columns.js';
import { Glyph } from '../ui/glyphs.js';
import { Card, Loaded, Time } from '../ui/parts.js';
import { Chip } from '../ui/states.js';
import { ModeForm } from './modes/ModeForm.js';
import { cellOf, levelNames, modeLook, type Place } from './modes/modes.js';
import { explainQuery, type ModeEntry } from './queries.js';
import { cx } from '../ui/cx.js';
import css from './why.module.css';

const focusMode = (): void => document.getElementById('mode')?.focus();

type ExplainedProps = {
  readonly account: string;
  readonly type: string;
  readonly entries: readonly ModeEntry[];
};
/**
 * Explains level by level why the cell of an account and a type has its mode, with the form to
 * change it.
 */
const Explained = ({ account, type, entries }: ExplainedProps): ReactElement => {
  const why = useQuery(explainQuery(account, type));
  return (
    <Card
      title={`${account}, ${type}`}
      right={
        why.data === undefined ? undefined : (
          <Chip look={{ ...modeLook[why.data.mode], word: why.data.mode }} />
        )
      }
    >
      <Loaded query={why} rows={6} what="the explanation">
        {(data) => (
          <>
            <ol
              className="lines"
              style={cols('20px minmax(0, 1fr) auto', { pad: 7 })}
              aria-label="Five levels: the first one that is set decides"
            >
              {data.levels.map((level) => (
                <li
                  key={level.level}
                  className={cx(
                    css['level'],
                    level.outcome === 'decided' && css['decides'],
                    level.outcome === 'decided' && 'sel',
                  )}
                  aria-current={level.outcome === 'decided' ? 'true' : undefined}
                >
                  <span className={cx(css['no'], 'xs muted')}>{level.level}</span>
                  <span>{sentence(levelNames[level.level])}</span>
                  {level.entry === null ? (
                    <span className="muted sm">nothing set</span>
                  ) : (
                    <span className={cx(css['mode'], `ef k-${modeLook[level.entry.mode].kind}`)}>
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
              {data.standing.kind === 'up'
                ? `. A step up was signed: it acts without a person up to ${data.standing.up_to ?? 0} affected entities`
                : ''}
            </p>
            <ModeForm place={{ account, type }} entries={entries} />
          </>
        )}
      </Loaded>
    </Card>
  );
};

type WidePlaceProps = {
  readonly place: Place;
  readonly entries: readonly ModeEntry[];
};
/**
 * The card of a whole row or column of the matrix, e.g. one account and any action type. Its mode
 * applies to each cell of it that has no mode of its own.
 */
const WidePlace = ({ place, entries }: WidePlaceProps): ReactElement => {
  const { account, type } = place;
  const cell = cellOf(entries, account, type);
  const own = cell?.own === true;
  return (
    <Card
      title={`${account ?? 'any account'}, ${type ?? 'any type'}`}
      right={cell === undefined ? undefined : <Chip look={{ ...modeLook[cell.mode], word: cell.mode }} />}
    >
      <p className="b sm t2">
        {cell === undefined
          ? 'Nothing is set here or above. Approval is required unless a more specific mode is set.'
          : own
            ? 'Set here. It applies unless a more specific mode is set.'
            : `It comes from the ${levelNames[cell.level]}: nothing is set here.`}
      </p>
      <ModeForm place={place} entries={entries} />
    </Card>
  );
};

type WhyProps = {
  readonly place: Place;
  readonly entries: readonly ModeEntry[];
};
/** The mode of a place of the matrix, the reason for it, and the form to change it. */
export const Why = ({ place, entries }: WhyProps): ReactElement => {
  useKeys({ m: focusMode });
  const { account, type } = place;
  return account !== undefined && type !== undefined ? (
    <Explained account={account} type={type} entries={entries} />
  ) : (
    <WidePlace place={place} entries={entries} />
  );
};
