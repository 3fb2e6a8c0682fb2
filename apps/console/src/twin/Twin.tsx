import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { counted, numberText, plainValue, rangeText, sentence } from '../format.js';
import { useKeys } from '../shell/keys.js';
import { Answer, JsonList, Traces, Weights } from './Answer.js';
import { Compare } from './Compare.js';
import { ImportTraces } from './ImportTraces.js';
import { PredictForm } from './Form.js';
import { Calibration } from './Calibration.js';
import { calibrationQuery, traceQuery, type Prediction, type Trace } from './queries.js';
import { Columns } from '../ui/tables/Columns.js';
import { Icon } from '../ui/glyphs.js';
import { Card, UntrustedText, Head, Id, Loaded, Time } from '../ui/parts.js';
import { actionLook, Chip } from '../ui/states.js';
import { num, Table } from '../ui/tables/Table.js';
import { copyLink } from '../ui/copy.js';

/**
 * The last answer of this visit. It stays while the user opens one of its traces and comes back.
 */
let lastAnswer: Answered | undefined;
type Answered = { readonly prediction: Prediction; readonly asked: string };

export const TwinPage = (): ReactElement => {
  const calibration = useQuery(calibrationQuery());
  const [answer, setAnswer] = useState(lastAnswer);
  const [kept, setKept] = useState<Answered | undefined>();
  return (
    <div>
      <Head title="Twin">
        {calibration.data === undefined ? null : (
          <span className="sub hide-m">
            Memory of {counted(calibration.data.traces, 'finished action')}, version{' '}
            {calibration.data.memory_version}. Same input and same version, same answer.
          </span>
        )}
        <span className="ml row wrap">
          <ImportTraces />
        </span>
      </Head>
      <Columns side={318} left>
        <div>
          <PredictForm
            onAnswer={(prediction, asked) => {
              lastAnswer = { prediction, asked };
              setAnswer(lastAnswer);
            }}
          />
          {answer === undefined ? null : <Weights prediction={answer.prediction} />}
        </div>
        <div>
          <Answer prediction={answer?.prediction} asked={answer?.asked ?? ''} />
          {answer === undefined ? null : (
            <Compare
              answer={answer}
              kept={kept === answer ? undefined : kept}
              isKept={kept === answer}
              onKeep={() => setKept(answer)}
            />
          )}
          {answer === undefined ? null : <Traces prediction={answer.prediction} />}
        </div>
      </Columns>
      <Calibration />
    </div>
  );
};

const Impact = ({ trace }: { readonly trace: Trace }): ReactElement => (
  <Card title="What it did">
    <Table name="Impact" head={['KPI', num('Expected'), num('Seen')]}>
      <tr>
        <td className="fw">All KPIs, impact_delta</td>
        <td className="num">
          {trace.predicted === null
            ? '–'
            : `${numberText(trace.predicted.impact_delta)}, within ${rangeText(Number(trace.predicted.confidence_interval[0]), Number(trace.predicted.confidence_interval[1]))}`}
        </td>
        <td className="num">{numberText(trace.impact_delta)}</td>
      </tr>
      {Object.entries(trace.impact_by_kpi).map(([kpi, seen]) => (
        <tr key={kpi}>
          <td>{sentence(kpi)}</td>
          <td className="num">{plainValue(trace.predicted?.impact_by_kpi[kpi])}</td>
          <td className="num">{numberText(seen)}</td>
        </tr>
      ))}
    </Table>
  </Card>
);

const route = getRouteApi('/shell/twin/traces/$id');

export const TracePage = (): ReactElement => {
  const { id } = route.useParams();
  const query = useQuery(traceQuery(id));
  useKeys({ y: copyLink });
  return (
    <div>
      <div className="crumb">
        <Link to="/twin">Twin</Link> <Icon name="right" size={11} /> <Id id={id} />
      </div>
      <Loaded query={query} rows={10} what="this trace">
        {(trace) => (
          <>
            <div className="ph">
              <h1>
                {sentence(trace.action_type)} <UntrustedText whole text={trace.entity_id} />
              </h1>
              <Chip look={actionLook[trace.outcome]} />
              <Chip
                look={
                  trace.harmed
                    ? { kind: 'red', glyph: 'oct', word: 'Did harm' }
                    : { kind: 'green', glyph: 'ok', word: 'Did none' }
                }
              />
              {trace.imported ? <span className="tag">imported</span> : null}
            </div>
            <Columns side={388}>
              <div className="col" style={{ gap: 12 }}>
                <Impact trace={trace} />
                <Card title="Parameters">
                  <div className="b">
                    <JsonList values={trace.parameters} />
                  </div>
                </Card>
              </div>
              <div className="col" style={{ gap: 12 }}>
                <Card
                  title="Where it comes from"
                  right={
                    trace.action_id === null ? undefined : (
                      <Link to="/actions/$id" params={{ id: trace.action_id }}>
                        Its action
                      </Link>
                    )
                  }
                >
                  <div className="b">
                    <dl className="kv">
                      <dt>Ended</dt>
                      <dd>
                        <Time at={trace.finished_at} zoned />
                      </dd>
                      <dt>Triggered by</dt>
                      <dd className="mono">
                        <bdi>{trace.trigger_type}</bdi>
                      </dd>
                      <dt>Incident</dt>
                      <dd>{trace.incident_id ?? 'none'}</dd>
                      <dt>Risk said</dt>
                      <dd>{trace.predicted === null ? 'none' : `${trace.predicted.risk_score} of 99`}</dd>
                    </dl>
                  </div>
                </Card>
                <Card title="Circumstances">
                  <div className="b">
                    <JsonList values={trace.context} />
                  </div>
                </Card>
              </div>
            </Columns>
          </>
        )}
      </Loaded>
    </div>
  );
};
