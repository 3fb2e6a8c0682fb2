import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { IntervalRow } from '../action/IntervalRow.js';
import { counted, durationText, numberText, plainValue, sentence, shortId } from '../format.js';
import { cols } from '../ui/tables/Columns.js';
import { Glyph } from '../ui/glyphs.js';
import { Card, Empty } from '../ui/parts.js';
import { useRowKeys } from '../ui/tables/rows.js';
import { Chip } from '../ui/states.js';
import { num, Table } from '../ui/tables/Table.js';
import { traceQuery, type Prediction } from './queries.js';
import { cx } from '../ui/cx.js';
import { Tooltip } from '../ui/Tooltip.js';
import css from './twin.module.css';

const levels = { LOW: 'grn', MEDIUM: 'ylw', HIGH: 'red' } as const;
const bases = {
  memory: 'from past outcomes',
  heuristic: 'a guess: it asks a person',
  model: 'from a model of the network',
  no_effect: 'reads only',
} as const;

export const signed = (value: number): string => (value > 0 ? `+ ${numberText(value)}` : numberText(value));

type AnswerProps = {
  readonly prediction: Prediction | undefined;
  readonly asked: string;
};
/**
 * The twin's answer: the score with its meaning, each KPI on its own axis, and the origin of the
 * answer in words.
 */
export const Answer = ({ prediction, asked }: AnswerProps): ReactElement => {
  if (prediction === undefined)
    return (
      <Card title="Answer" className="o2">
        <Empty>
          <b>No request yet.</b> The answer appears here: risk, impact, an interval for each KPI, and its
          traces.
        </Empty>
      </Card>
    );
  const { risk_score: score, risk_level: level, basis } = prediction;
  return (
    <section className="card o2" aria-label="Answer">
      <div
        className={cx('figs', css['answer'])}
        style={cols('auto auto auto auto minmax(0, 1fr)', { pad: 11 })}
      >
        <div>
          <b>
            {score} <em className={levels[level]}>{level}</em>
          </b>
          <span>risk_score, of 1 – 99</span>
        </div>
        <div>
          <b>{numberText(prediction.confidence)}</b>
          <span>confidence</span>
        </div>
        <div>
          <b>{signed(prediction.impact_delta)}</b>
          <span>impact_delta, all KPIs</span>
        </div>
        <div>
          <b>{basis}</b>
          <span>
            {prediction.lost_vote !== undefined
              ? 'no vote: it asks a person'
              : prediction.lacks_state === true
                ? "network's state unknown: it asks a person"
                : bases[basis]}
          </span>
        </div>
        <div className="sm t2 long iso" role="status">
          <span className="mono iso">{asked.slice(0, 120)}</span>
          <br />
          {prediction.explanation}
        </div>
      </div>
      <div className={cx(css['kpis'], 'bt')}>
        {Object.entries(prediction.interval_by_kpi).map(([kpi, interval]) => {
          const [low = 0, high = 0] = interval;
          return (
            <IntervalRow key={kpi} interval={{ kpi, low, high, expected: prediction.impact_by_kpi[kpi] }} />
          );
        })}
      </div>
      <p className="xs muted bt" style={{ padding: '7px 12px' }}>
        Band: 90 % interval of the change. Bar: expected. Memory version{' '}
        <span className="mono">{prediction.memory_version}</span>: the same input and version give the same
        answer.
      </p>
    </section>
  );
};

/** The impact that was predicted for a past action; a dash if nobody predicted it. */
const Said = ({ id }: { readonly id: string }): ReactElement => {
  const { data } = useQuery({ ...traceQuery(id), staleTime: Infinity, retry: false });
  const said = data?.predicted?.impact_delta;
  return <>{said === undefined ? '–' : signed(said)}</>;
};

/** The traces behind an answer, each with its weight. */
export const Traces = ({ prediction }: { readonly prediction: Prediction }): ReactElement => {
  const [all, setAll] = useState(false);
  const most = 8;
  useRowKeys();
  return (
    <Card
      title="Traces behind it"
      className="o3"
      extra={<span className="tag">{counted(prediction.traces.length, 'trace')}, the nearest first</span>}
      right={
        prediction.traces.length <= most ? undefined : (
          <Button variant="subtle" size="sm" aria-expanded={all} onClick={() => setAll(!all)}>
            {all ? `The nearest ${most}` : `All ${prediction.traces.length}`}
          </Button>
        )
      }
    >
      {prediction.traces.length === 0 ? (
        <Empty>
          <b>No similar trace.</b> A person decides such an action.
        </Empty>
      ) : (
        <Table
          name="Traces"
          className={css['traces']}
          head={[
            'Trace',
            { text: 'Similarity', className: 'num hide-m' },
            { text: 'Age', className: 'num hide-m' },
            num('Weight'),
            num('Impact, said → seen'),
            'End',
          ]}
        >
          {prediction.traces.slice(0, all ? undefined : most).map((trace) => (
            <tr key={trace.trace_id}>
              <td>
                <Tooltip label={trace.trace_id}>
                  <Link to="/twin/traces/$id" params={{ id: trace.trace_id }} className="mono iso" data-row>
                    {shortId(trace.trace_id)}
                  </Link>
                </Tooltip>
              </td>
              <td className="num hide-m">{numberText(trace.similarity, 3)}</td>
              <td className="num hide-m">{durationText(trace.age_h * 3_600_000)}</td>
              <td className="num">{numberText(trace.weight, 3)}</td>
              <td className="num">
                <Said id={trace.trace_id} /> → {signed(trace.impact_delta)}
              </td>
              <td>
                <Chip
                  plain
                  look={
                    trace.harmed
                      ? { kind: 'vio', glyph: 'back', word: 'Did harm' }
                      : { kind: 'green', glyph: 'ok', word: 'Did none' }
                  }
                />
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Card>
  );
};

/** The weights of the traces as bars, the heaviest first. Violet ones caused harm. */
export const Weights = ({ prediction }: { readonly prediction: Prediction }): ReactElement | null => {
  const { traces } = prediction;
  if (traces.length === 0) return null;
  const most = Math.max(...traces.map(({ weight }) => weight), 1e-9);
  const sum = traces.reduce((all, { weight }) => all + weight, 0);
  const harmful = traces.filter(({ harmed }) => harmed).length;
  const step = 292 / Math.max(traces.length, 12);
  return (
    <Card title="Weights" className="o4" right={`${counted(traces.length, 'trace')}, ${numberText(sum)}`}>
      <div className="b col" style={{ gap: 8 }}>
        <svg
          viewBox="0 0 292 76"
          width="100%"
          role="img"
          aria-label={`Weights of ${counted(traces.length, 'trace')}, from ${numberText(most, 3)} to ${numberText(traces.at(-1)?.weight ?? 0, 3)}; ${harmful} of them did harm`}
        >
          <path d="M0 75.5H292" stroke="var(--line)" />
          {traces.map(({ trace_id: id, weight, harmed }, i) => (
            <rect
              key={id}
              x={i * step}
              y={75 - 68 * (weight / most)}
              width={Math.max(2, step - 2)}
              height={68 * (weight / most)}
              rx="1.5"
              fill={harmed ? 'var(--vio)' : 'var(--band)'}
            />
          ))}
        </svg>
        <p className="t2 sm">
          Weight is similarity (entity, parameters, trigger) times recency. <Glyph name="back" kind="vio" />{' '}
          Violet: did harm, {harmful} of {traces.length}.
        </p>
      </div>
    </Card>
  );
};

export const JsonList = ({ values }: { readonly values: object }): ReactElement => (
  <dl className="kv">
    {Object.entries(values).map(([name, value]) => (
      <div key={name} style={{ display: 'contents' }}>
        <dt>{sentence(name.slice(0, 60))}</dt>
        <dd>
          <bdi>{plainValue(value)}</bdi>
        </dd>
      </div>
    ))}
  </dl>
);
