import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import {
  postureHistoryQuery,
  postureQuery,
  postureTrendQuery,
  type Level,
  type Posture,
} from '../api/queries.js';
import { counted, durationText, numberText, percentText, plainValue, zoneName } from '../format.js';
import { distanceText, type Signal } from './distance.js';
import { Controls } from './Controls.js';
import { Responses } from './Responses.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { cols, Columns } from '../ui/Columns.js';
import { Glyph, lockWord } from '../ui/glyphs.js';
import { Card, Empty, Head, Loaded, Time } from '../ui/parts.js';
import { Chip, levelLook, lookOfLevel } from '../ui/states.js';
import { Table } from '../ui/Table.js';
import css from './posture.module.css';
import { cx } from '../ui/cx.js';

const Big = ({ level, title }: { readonly level: Level; readonly title: string }): ReactElement => {
  const look = lookOfLevel(level);
  return (
    <div className={`k-${look.kind}`}>
      <div className="sm muted">{title}</div>
      <div className="level" style={{ margin: '3px 0' }}>
        <Glyph name={look.glyph} kind={look.kind} size={22} />
        {look.word}
      </div>
    </div>
  );
};

const Lines = ({
  title,
  lines,
}: {
  readonly title: string;
  readonly lines: readonly string[];
}): ReactElement => (
  <>
    <b>{title}</b>
    <ol className="col" style={{ gap: 4 }}>
      {lines.map((line) => (
        <li key={line} className="row top-aligned" style={{ gap: 7 }}>
          <Glyph name="dot" kind="unk" />
          <span className="long iso">{line}</span>
        </li>
      ))}
    </ol>
  </>
);

const Levels = ({ posture }: { readonly posture: Posture }): ReactElement => (
  <section className="card" aria-label="Levels">
    <div
      className="grid"
      style={{
        ...cols('auto 24px auto minmax(0, 1fr)', { phone: '1fr 24px 1fr', gap: '0 18px' }),
        padding: '14px 16px',
      }}
    >
      <Big level={posture.policy} title="Policy says" />
      <span aria-hidden="true">→</span>
      <Big level={posture.effective} title="Effective" />
      <div className={cx(css['clears'], 'col')} style={{ gap: 5 }}>
        <Lines
          title={posture.clears.length === 0 ? 'Nothing has to clear' : 'What would clear it'}
          lines={posture.clears}
        />
        {posture.effective_reasons.length === 0 ? null : (
          <Lines title="Why" lines={posture.effective_reasons.map(({ detail }) => detail)} />
        )}
      </div>
    </div>
  </section>
);

const names: { readonly [S in Signal]: string } = {
  integrity_score: 'Integrity',
  consensus_pct: 'Consensus',
  reputation_score: 'Reputation',
  forecast_risk: 'Forecast risk',
  recent_responses: 'Responses, 24 h',
  trust_locked: 'Trust lock',
};
const signalNames: readonly Signal[] = [
  'integrity_score',
  'consensus_pct',
  'reputation_score',
  'forecast_risk',
  'recent_responses',
  'trust_locked',
];

const valueText = (name: Signal, value: unknown): string => {
  if (typeof value === 'number')
    return name === 'integrity_score' || name === 'consensus_pct' ? percentText(value) : numberText(value, 1);
  if (typeof value === 'boolean') return lockWord(value);
  return plainValue(value);
};

const Signals = ({ posture }: { readonly posture: Posture }): ReactElement => (
  <Card
    title="Signals"
    right={
      <>
        evaluated <Time at={posture.evaluated_at} zoned />
      </>
    }
  >
    <Table
      name="Signals"
      head={
        <>
          <th>Signal</th>
          <th className="num">Value</th>
          <th>Limits</th>
          <th className="num">Age</th>
          <th>Source</th>
          <th>State</th>
        </>
      }
    >
      {signalNames.map((name) => {
        const signal = posture.signals[name];
        const red = posture.red_triggers.includes(name);
        const yellow = posture.yellow_triggers.includes(name);
        return (
          <tr key={name}>
            <td className="fw">{names[name]}</td>
            <td className="num">{valueText(name, posture.inputs[name])}</td>
            <td className="t2">{distanceText(name, posture)}</td>
            <td className="num">
              {signal.age_s === null ? '–' : durationText(signal.age_s * 1000)}
              {signal.max_age_s === null ? '' : ` of ${durationText(signal.max_age_s * 1000)}`}
            </td>
            <td className="t2 iso">{signal.source}</td>
            <td>
              <Chip
                plain
                look={
                  red
                    ? { ...levelLook.RED, word: 'RED' }
                    : yellow
                      ? levelLook.YELLOW
                      : signal.status === 'fresh'
                        ? { kind: 'green', glyph: 'ok', word: 'fresh' }
                        : { kind: 'unk', glyph: 'dia', word: signal.status }
                }
              />
            </td>
          </tr>
        );
      })}
    </Table>
  </Card>
);

const History = (): ReactElement => {
  const history = useQuery(postureHistoryQuery());
  const trend = useQuery(postureTrendQuery());
  const { zone } = useStore(settings);
  return (
    <Card
      title="History"
      right={
        trend.data === undefined
          ? undefined
          : `${counted(trend.data.transitions.length, 'change')} in 24 h${trend.data.flapping ? ', flapping' : ''}`
      }
    >
      <Loaded query={history} what="the history">
        {({ items }) =>
          items.length === 0 ? (
            <Empty>
              <b>The level has never changed.</b> Its first change stands here, with what caused it.
            </Empty>
          ) : (
            <Table
              name="History"
              className={css['history']}
              head={
                <>
                  <th>At, {zoneName(zone)}</th>
                  <th>From</th>
                  <th>To</th>
                  <th>Why</th>
                </>
              }
            >
              {items.map((change) => (
                <tr key={change.revision}>
                  <td>
                    <Time at={change.at} />
                  </td>
                  <td>
                    {change.previous === null ? (
                      '–'
                    ) : (
                      <Chip plain look={levelLook[change.previous.effective]} />
                    )}
                  </td>
                  <td>
                    <Chip plain look={levelLook[change.effective]} />
                  </td>
                  <td className="t2 long iso">{change.reasons.map(({ detail }) => detail).join('; ')}</td>
                </tr>
              ))}
            </Table>
          )
        }
      </Loaded>
    </Card>
  );
};

export const PosturePage = (): ReactElement => {
  const posture = useQuery(postureQuery());
  return (
    <div>
      <Head title="Posture">
        <Link to="/posture/settings">Thresholds and sources</Link>
      </Head>
      <Columns side={392}>
        <div>
          <Loaded query={posture} rows={10} what="posture does not answer">
            {(data) => (
              <div className="col" style={{ gap: 12 }}>
                <Levels posture={data} />
                <Signals posture={data} />
              </div>
            )}
          </Loaded>
          <History />
        </div>
        <div>
          <Responses />
          <Controls />
        </div>
      </Columns>
    </div>
  );
};
