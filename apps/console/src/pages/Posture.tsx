import '../styles/posture.css';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { call, tenantStore } from '../api/client.js';
import {
  brakeQuery,
  postureHistoryQuery,
  postureQuery,
  postureTrendQuery,
  responsesQuery,
  trustQuery,
  type Level,
  type Posture,
} from '../api/queries.js';
import { useMissingScope } from '../api/session.js';
import { counted, durationText, numberText, percentText, plainValue, sentence, zoneName } from '../format.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { Glyph } from '../ui/glyphs.js';
import { Act, Card, Empty, Head, Loaded, Problem, Time } from '../ui/parts.js';
import { Chip, levelLook, lookOfLevel } from '../ui/states.js';

const Big = ({ level, title }: { readonly level: Level; readonly title: string }): ReactElement => {
  const look = lookOfLevel(level);
  return (
    <div className={`lvl2 k-${look.kind}`}>
      <div className="cap">{title}</div>
      <div className="big">
        <Glyph name={look.glyph} kind={look.kind} size={22} />
        {look.word}
      </div>
    </div>
  );
};

const Levels = ({ posture }: { readonly posture: Posture }): ReactElement => (
  <section className="card" aria-label="Levels">
    <div className="lv2">
      <Big level={posture.policy} title="Policy says" />
      <span aria-hidden="true">→</span>
      <Big level={posture.effective} title="Effective" />
      <div className="clr">
        <b>{posture.clears.length === 0 ? 'Nothing has to clear' : 'What would clear it'}</b>
        <ol>
          {[...posture.clears, ...posture.effective_reasons.map(({ detail }) => detail)].map((line) => (
            <li key={line}>
              <Glyph name="dot" kind="unk" />
              <span className="long iso">{line}</span>
            </li>
          ))}
        </ol>
      </div>
    </div>
  </section>
);

const names = {
  integrity_score: 'Integrity',
  consensus_pct: 'Consensus',
  reputation_score: 'Reputation',
  forecast_risk: 'Forecast risk',
  recent_responses: 'Responses, 24 h',
  trust_locked: 'Trust lock',
} as const;
type Signal = keyof typeof names;
const signalNames = Object.keys(names) as Signal[];

const valueText = (name: Signal, value: unknown): string => {
  if (typeof value === 'number')
    return name === 'integrity_score' || name === 'consensus_pct' ? percentText(value) : numberText(value, 1);
  if (typeof value === 'boolean') return value ? 'LOCKED' : 'unlocked';
  return plainValue(value);
};

/** The limits of a signal in words, with how far it is from the nearest one. */
const distanceText = (name: Signal, posture: Posture): string => {
  const { inputs, thresholds: t } = posture;
  switch (name) {
    case 'integrity_score':
      return `YELLOW below ${t.yellow_integrity}, RED below ${t.red_integrity}; ${numberText(inputs.integrity_score - t.yellow_integrity, 1)} above`;
    case 'consensus_pct':
      return `YELLOW below ${t.yellow_consensus}, RED below ${t.red_consensus}; ${numberText(inputs.consensus_pct - t.yellow_consensus, 1)} above`;
    case 'reputation_score':
      return `YELLOW below ${t.yellow_reputation}; ${numberText(inputs.reputation_score - t.yellow_reputation, 1)} above`;
    case 'recent_responses':
      return `YELLOW at ${t.yellow_responses}, RED at ${t.red_responses}`;
    case 'forecast_risk':
      return 'YELLOW at high';
    case 'trust_locked':
      return 'RED while locked';
  }
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
    <div className="scroll" tabIndex={0} role="region" aria-label="Signals, table">
      <table>
        <thead>
          <tr>
            <th>Signal</th>
            <th className="num">Value</th>
            <th>Limits</th>
            <th className="num">Age</th>
            <th>Source</th>
            <th>State</th>
          </tr>
        </thead>
        <tbody>
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
        </tbody>
      </table>
    </div>
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
              <b>The level has never changed.</b>
            </Empty>
          ) : (
            <div className="scroll" tabIndex={0} role="region" aria-label="History, table">
              <table className="hist">
                <thead>
                  <tr>
                    <th>At, {zoneName(zone)}</th>
                    <th>From</th>
                    <th>To</th>
                    <th>Why</th>
                  </tr>
                </thead>
                <tbody>
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
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
    </Card>
  );
};

type Control = 'engage' | 'release' | 'lock';
type Change = { readonly control: Control; readonly tenant: string | undefined; readonly reason: string };

/** Brake and trust lock: with a reason, and with what the server said. */
const Controls = (): ReactElement => {
  const brake = useQuery(brakeQuery());
  const trust = useQuery(trustQuery());
  const queries = useQueryClient();
  const missing = useMissingScope('POSTURE_WRITE');
  const [reason, setReason] = useState('');
  const change = useMutation({
    mutationFn: ({ control, tenant, reason: why }: Change): Promise<unknown> => {
      const sent = { tenant, body: { reason: why } };
      switch (control) {
        case 'engage':
          return call('post', '/api/v1/posture/brake/engage', sent);
        case 'release':
          return call('post', '/api/v1/posture/brake/release', sent);
        case 'lock':
          return call('post', '/api/v1/posture/trust/lock', sent);
      }
    },
    onSuccess: () => {
      setReason('');
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['posture'] }),
  });
  const off =
    missing ??
    (change.isPending ? 'It is being sent' : undefined) ??
    (reason.trim() === '' ? 'Say why: it is kept with the change' : undefined);
  const engaged = brake.data?.engaged === true;
  const send = (control: Control): void => {
    change.mutate({ control, reason: reason.trim(), tenant: tenantStore.get() });
  };
  return (
    <Card title="Brake and trust lock">
      <div className="b col" style={{ gap: 10 }}>
        <Loaded query={brake} rows={1}>
          {(data) => (
            <div className="swr">
              <Chip
                look={
                  data.engaged
                    ? { kind: 'red', glyph: 'oct', word: 'Brake ON' }
                    : { kind: 'green', glyph: 'ok', word: 'Brake off' }
                }
              />
              <span className="muted xs long iso">{data.reason}</span>
            </div>
          )}
        </Loaded>
        <Loaded query={trust} rows={1}>
          {(data) => (
            <div className="swr">
              <Chip
                look={
                  data.locked
                    ? { kind: 'red', glyph: 'oct', word: 'LOCKED' }
                    : { kind: 'green', glyph: 'ok', word: 'Unlocked' }
                }
              />
              <span className="muted xs long iso">
                {data.reason ?? `manual unlocks ${data.unlocks_today} of ${data.unlocks_limit} today`}
              </span>
            </div>
          )}
        </Loaded>
        <label className="col" style={{ gap: 4 }}>
          <span className="sm t2">Reason</span>
          <input
            value={reason}
            maxLength={2000}
            onChange={(event) => {
              setReason(event.target.value);
            }}
          />
        </label>
        <div className="row wrap">
          <Act
            className={engaged ? '' : 'danger'}
            always={!engaged}
            off={off}
            onAct={() => {
              send(engaged ? 'release' : 'engage');
            }}
          >
            {engaged ? 'Release brake' : 'Engage brake'}
          </Act>
          <Act
            className="danger"
            always
            off={off ?? (trust.data?.locked === true ? 'It is locked already' : undefined)}
            onAct={() => {
              send('lock');
            }}
          >
            Lock
          </Act>
        </div>
        {off === undefined ? null : <p className="why-off">{off}.</p>}
        {change.isError ? <Problem error={change.error} what="nothing was changed" /> : null}
      </div>
    </Card>
  );
};

const Responses = (): ReactElement => {
  const responses = useQuery(responsesQuery());
  return (
    <Card title="Responses">
      <Loaded query={responses} what="responses">
        {({ items }) =>
          items.length === 0 ? (
            <Empty>
              <b>No response ran.</b> On YELLOW and RED they stand here, with what they did.
            </Empty>
          ) : (
            <>
              {items.map((run) => (
                <div className="run" key={run.response_id ?? run.began_at}>
                  <h3>
                    {sentence(run.mode)}, on {run.policy}
                    <span className="tag">{run.status}</span>
                    <span className="tm">
                      <Time at={run.began_at} />
                    </span>
                  </h3>
                  <ul className="sm t2">
                    {run.results.map((result) => (
                      <li key={result.action} className="long iso">
                        {sentence(result.action)}: {result.state}
                        {result.passed === null ? '' : result.passed ? ', passed' : ', failed'}
                      </li>
                    ))}
                  </ul>
                  {run.detail === null ? null : <p className="sm t2 long iso">{run.detail}</p>}
                </div>
              ))}
            </>
          )
        }
      </Loaded>
    </Card>
  );
};

export const PosturePage = (): ReactElement => {
  const posture = useQuery(postureQuery());
  return (
    <div className="pg p-posture">
      <Head title="Posture" />
      <div className="tw">
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
          <Controls />
          <Responses />
        </div>
      </div>
    </div>
  );
};
