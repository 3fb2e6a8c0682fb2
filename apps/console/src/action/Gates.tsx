import type { ReactElement } from 'react';
import { runningStates, type Action, type Gate } from '../api/queries.js';
import { sentence } from '../format.js';
import { Countdown } from '../ui/countdown.js';
import { Glyph } from '../ui/glyphs.js';
import { Card, Foreign } from '../ui/parts.js';
import { Chip, verdictLook } from '../ui/states.js';
import { later, pipeline, sawOf, summaryOf } from './words.js';
import { cx } from '../ui/cx.js';
import css from './action.module.css';

const ended = (action: Action): boolean => action.ended_at !== null;

const Row = ({
  gate,
  no,
  name,
}: {
  readonly gate: Gate;
  readonly no: number;
  readonly name: string;
}): ReactElement => {
  const look = verdictLook[gate.verdict];
  const saw = sawOf(gate);
  const open = gate.verdict !== 'pass';
  const [, ...rest] = gate.reasons;
  return (
    <li
      className={cx(css['step'], (gate.verdict === 'fail' || gate.verdict === 'error') && 'bad')}
      id={`gate-${no}`}
    >
      <span className="tm" />
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
            {rest.map(({ code, detail }) => (
              <li key={`${code}${detail}`} className="long iso">
                {detail}
              </li>
            ))}
          </ul>
        ) : null}
        {saw.length === 0 ? null : (
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

const Ahead = ({
  no,
  name,
  looks,
  now,
}: {
  readonly no: number;
  readonly name: string;
  readonly looks: string;
  readonly now: boolean;
}): ReactElement => (
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
    </div>
  </li>
);

/**
 * The service that an action waits for and why, in the card of what waits, and until when it is
 * waited for.
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
        <span className="long iso">{detail}</span>. Nothing is guessed.
      </div>
      <span className="nw">
        <Countdown key={due} due={due} since={since} then="then it does not run" />
        <span className="sm muted"> then it does not run</span>
      </span>
    </div>
  </div>
);

/**
 * Where an action is after the gates: the number of the step, 10 to 15; undefined where it has
 * ended or has not come so far.
 */
const stepOf = (action: Pick<Action, 'state' | 'ended_at'>): number | undefined => {
  if (action.state === 'AWAITING_CONFIRMATION' || action.state === 'AWAITING_APPROVAL') return 10;
  if (action.state === 'EXECUTING') return 13;
  if (action.state === 'VALIDATING') return 14;
  if (action.state === 'ROLLING_BACK') return 15;
  return undefined;
};

/** The pipeline as one list: what was looked at, where it is now, and what is still to come. */
export const Gates = ({ action }: { readonly action: Action }): ReactElement => {
  const at = stepOf(action);
  const count = (verdict: Gate['verdict']): number =>
    action.gates.filter((gate) => gate.verdict === verdict).length;
  const over = ended(action);
  const steps = [...pipeline, ...later].map((step, i) => ({
    ...step,
    no: i + 1,
    found: action.gates.findLast(({ gate }) => gate === step.gate),
  }));
  const others = action.gates.filter(({ gate }) => steps.every((step) => step.gate !== gate));
  const next = steps.find(({ found, no }) => found === undefined && no < 10)?.no;
  const running = runningStates.includes(action.state);
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
        </>
      }
    >
      {action.waiting === null ? null : <Awaited waiting={action.waiting} since={action.accepted_at} />}
      <ol className={cx(css['steps'], 'rail')} data-gates>
        {steps.map(({ no, name, looks, found }) => {
          if (found !== undefined) return <Row key={no} gate={found} no={no} name={name} />;
          if (over) return null;
          const now = at === undefined ? running && no === next : no === at;
          return <Ahead key={no} no={no} name={name} looks={looks} now={now} />;
        })}
        {others.map((gate) => (
          <Row key={gate.gate} gate={gate} no={16} name={sentence(gate.gate)} />
        ))}
      </ol>
      {over && action.reasons.length > 0 ? (
        <p className="note">
          {action.reasons.map(({ code, detail }) => (
            <span key={`${code}${detail}`} className="long iso" style={{ display: 'block' }}>
              {detail} <Foreign text={code} />
            </span>
          ))}
        </p>
      ) : null}
    </Card>
  );
};
