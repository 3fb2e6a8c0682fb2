import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement, type ReactNode } from 'react';
import { runningStates, timelineQuery, type Action } from '../api/queries.js';
import { counted, sentence } from '../format.js';
import { Countdown } from '../ui/countdown.js';
import { Glyph } from '../ui/glyphs.js';
import { Ago, Card, UntrustedText } from '../ui/parts.js';
import { Chip, verdictLook } from '../ui/states.js';
import { stepTimes } from './gate-times.js';
import {
  backNo,
  excludedText,
  recordsOf,
  later,
  nearMissesOf,
  pipeline,
  sawOf,
  stepNo,
  stepOf,
  summaryOf,
  type Judged,
} from './words.js';
import { cx } from '../ui/cx.js';
import css from './action.module.css';

const ended = (action: Action): boolean => action.ended_at !== null;

type RowProps = {
  readonly gate: Judged;
  readonly no: number;
  readonly name: string;
  readonly time?: string | undefined;
  /** True if the row shows what the gate saw although it passed. */
  readonly opened: boolean;
  /** Further sentences about the gate. */
  readonly more?: readonly string[];
};
const Row = ({ gate, no, name, time = '', opened, more = [] }: RowProps): ReactElement => {
  const look = verdictLook[gate.verdict];
  const saw = sawOf(gate);
  const open = gate.verdict !== 'pass';
  const rest = [...gate.reasons.slice(1).map(({ detail }) => detail), ...more];
  return (
    <li
      className={cx(css['step'], (gate.verdict === 'fail' || gate.verdict === 'error') && 'bad')}
      id={`gate-${no}`}
    >
      <span className="tm">{time}</span>
      <span className="mk">
        <Glyph name={look.glyph} kind={look.kind} size={14} />
      </span>
      <div className={css['body']}>
        <h3 className="line">
          <span className={cx(css['no'], 'num sm')}>{no}</span>
          {name}
          <span className={`ef k-${look.kind}`}>{look.word}</span>
          <span className={cx(css['words'], 're long iso')}>{summaryOf(gate)}</span>
        </h3>
        {open && rest.length > 0 ? (
          <ul className={cx(css['seen'], 'sm t2')}>
            {rest.map((detail) => (
              <li key={detail} className="long iso">
                {detail}
              </li>
            ))}
          </ul>
        ) : null}
        {saw.length === 0 || !(open || opened) ? null : (
          <div className={cx(css['seen'], 'row wrap')} style={{ gap: 4 }}>
            {saw.map(([key, value]) => (
              <span key={key} className="tag mono">
                {key} <b className="iso">{value}</b>
              </span>
            ))}
          </div>
        )}
      </div>
    </li>
  );
};

type AheadProps = {
  readonly no: number;
  readonly name: string;
  readonly looks: string;
  readonly now: boolean;
  readonly children?: ReactNode;
};
const Ahead = ({ no, name, looks, now, children }: AheadProps): ReactElement => (
  <li className={cx(css['step'], now ? css['now'] : css['ahead'])} aria-current={now ? 'step' : undefined}>
    <span className="tm">{now ? 'now' : ''}</span>
    <span className="mk">
      <Glyph name={now ? 'clk' : 'none'} kind={now ? 'yellow' : 'unk'} size={14} />
    </span>
    <div className={css['body']}>
      <h3 className="line">
        <span className={cx(css['no'], 'num sm')}>{no}</span>
        {name} <span className={css['words']}>{looks}</span>
      </h3>
      {children}
    </div>
  </li>
);

/**
 * The service that an action waits for, why it waits, and until when. It is shown in the card of
 * the waiting action.
 */
const Awaited = ({
  waiting: { service, gate, detail, expires_at: due },
  since,
}: {
  readonly waiting: NonNullable<Action['waiting']>;
  readonly since: string | null;
}): ReactElement => (
  <div className="b" role="status">
    <div className="banner k-yellow" style={{ marginBottom: 0 }}>
      <Glyph name="tri" kind="yellow" size={15} />
      <div>
        <b>
          {sentence(gate)} waits for <bdi>{service}</bdi>.
        </b>{' '}
        <span className="long iso">{detail}</span>.
      </div>
      <span className="nw">
        <Countdown key={due} due={due} since={since} then="then it does not run" />
        <span className="sm muted"> then it does not run</span>
      </span>
    </div>
  </div>
);

/** The step of the approval while it waits: how many have approved, since when, and who may not. */
const Asked = ({ action }: { readonly action: Action }): ReactElement => {
  const { approval, window } = action;
  const since = approval?.requested_at ?? action.accepted_at;
  return (
    <div className={cx(css['seen'], 'sm t2')}>
      {approval === null
        ? `The window is open${window === null ? '' : `; unanswered, ${window.end.detail}`}`
        : `${approval.approved_by.length} of ${counted(approval.required, 'approval')}`}
      {since === null ? null : (
        <>
          , for <Ago at={since} />
        </>
      )}
      . <span className="long iso">{excludedText(action)}.</span>
    </div>
  );
};

/** The words of a step that an ended action has not recorded: not needed, or not reached. */
const skippedText = (action: Action, no: number): string =>
  no === stepNo('confirmation') && action.steps.some(({ step }) => step === 'reservation')
    ? 'not needed: no hold'
    : 'not reached';

type SkippedProps = {
  readonly action: Action;
  readonly steps: readonly { readonly no: number; readonly name: string }[];
};
/** The steps of an ended action that left no record. Adjacent ones share a row. */
const Skipped = ({ action, steps }: SkippedProps): ReactElement | null => {
  const [first] = steps;
  const last = steps.at(-1);
  if (first === undefined || last === undefined) return null;
  return (
    <Ahead
      no={first.no}
      name={first === last ? first.name : `${first.name} to ${last.name.toLowerCase()}`}
      looks={skippedText(action, first.no)}
      now={false}
    />
  );
};

type BackProps = {
  readonly action: Action;
  readonly time: string | undefined;
};
/** The last row of an action that was taken back. */
const Back = ({ action, time }: BackProps): ReactElement | null => {
  if (action.state !== 'ROLLED_BACK' && action.state !== 'ROLLBACK_FAILED') return null;
  const done = action.state === 'ROLLED_BACK';
  return (
    <li className={cx(css['step'], !done && 'bad')}>
      <span className="tm">{time}</span>
      <span className="mk">
        <Glyph name={done ? 'back' : 'oct'} kind={done ? 'vio' : 'red'} size={14} />
      </span>
      <div className={css['body']}>
        <h3 className="line">
          <span className={cx(css['no'], 'num sm')} />
          Rollback
          <span className={`ef k-${done ? 'vio' : 'red'}`}>{done ? 'Done' : 'Failed'}</span>
          <span className={css['words']}>
            {done ? 'taken back, read back as before' : 'the device is not in its earlier state'}
          </span>
        </h3>
      </div>
    </li>
  );
};

/** The pipeline as one list: the finished steps, the current step, and the steps still to come. */
export const Gates = ({ action }: { readonly action: Action }): ReactElement => {
  const at = stepOf(action);
  const judged = recordsOf(action);
  const count = (verdict: Judged['verdict']): number =>
    judged.filter((one) => one.verdict === verdict).length;
  const over = ended(action);
  const steps = [...pipeline, ...later].map((step, i) => ({
    ...step,
    no: i + 1,
    // A step at which people are asked now is shown with what it asks.
    found: i + 1 === at ? undefined : judged.findLast(({ gate }) => gate === step.gate),
  }));
  const next = steps.find(({ found, no }) => found === undefined && no <= pipeline.length)?.no;
  const running = runningStates.includes(action.state);
  const timeline = useQuery(timelineQuery(action.action_id));
  const times = stepTimes(timeline.data?.items ?? [], action.accepted_at);
  const made = times[stepNo('confirm')];
  const [opened, setOpened] = useState(true);
  const coming = over ? 0 : steps.filter(({ found, no }) => found === undefined && no !== at).length;
  const misses = nearMissesOf(action);
  const lastFound = steps.findLast(({ found }) => found !== undefined)?.no ?? 0;
  return (
    <Card
      title="Gates"
      extra={
        <>
          {count('pass') > 0 ? <Chip look={{ ...verdictLook.pass, word: `${count('pass')} pass` }} /> : null}
          {count('inconclusive') > 0 ? (
            <Chip look={{ ...verdictLook.inconclusive, word: `${count('inconclusive')} hold` }} />
          ) : null}
          {count('fail') + count('error') > 0 ? (
            <Chip look={{ ...verdictLook.fail, word: `${count('fail') + count('error')} fail` }} />
          ) : null}
          {at === stepNo('confirmation') ? (
            <Chip look={{ kind: 'yellow', glyph: 'clk', word: '1 waiting' }} />
          ) : null}
          {coming === 0 ? null : <span className="sm muted">{coming} to come</span>}
        </>
      }
      right={
        <>
          <span className="hide-m">
            <kbd>[</kbd> <kbd>]</kbd> step
          </span>
          <Button variant="subtle" size="sm" aria-pressed={opened} onClick={() => setOpened(!opened)}>
            {opened ? 'Fold passes' : 'Expand all'}
          </Button>
          <a href="#whole-story">Events</a>
        </>
      }
    >
      {action.waiting === null ? null : <Awaited waiting={action.waiting} since={action.accepted_at} />}
      <ol className={cx(css['steps'], 'rail')} data-gates>
        {steps.map(({ no, name, looks, found }) => {
          if (found !== undefined)
            return (
              <Row
                key={no}
                gate={found}
                no={no}
                name={name}
                time={times[no]}
                opened={opened}
                more={found.gate === 'policy' ? misses : []}
              />
            );
          if (over)
            return no < lastFound ? <Skipped key={no} action={action} steps={[{ no, name }]} /> : null;
          const now = at === undefined ? running && no === next : no === at;
          return (
            <Ahead key={no} no={no} name={name} looks={looks} now={now}>
              {now && no === stepNo('confirmation') ? <Asked action={action} /> : null}
            </Ahead>
          );
        })}
        {over ? (
          action.state === 'COMPLETED' ? (
            <Ahead
              no={stepNo('confirm')}
              name="Confirm"
              looks={`made permanent${made === undefined ? '' : `, ${made}`}`}
              now={false}
            />
          ) : (
            <Skipped action={action} steps={steps.filter(({ no }) => no > lastFound)} />
          )
        ) : null}
        <Back action={action} time={times[backNo]} />
      </ol>
      {over && action.reasons.length > 0 ? (
        <p className="note">
          {action.reasons.map(({ code, detail }) => (
            <span key={`${code}${detail}`} className="long iso" style={{ display: 'block' }}>
              {detail} <UntrustedText text={code} />
            </span>
          ))}
        </p>
      ) : null}
    </Card>
  );
};
