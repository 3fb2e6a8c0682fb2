import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement, ReactNode } from 'react';
import { postureQuery, statusQuery, waitingStates, type Level, type Posture } from '../api/queries.js';
import { counted, durationText, sentence } from '../format.js';
import { Controls } from './Controls.js';
import { History } from './History.js';
import { Responses } from './Responses.js';
import { OnMissing, Signals } from './Signals.js';
import { cols, Columns } from '../ui/tables/Columns.js';
import { Glyph } from '../ui/glyphs.js';
import { ActionButton, Ago, Head, Loaded, Time } from '../ui/parts.js';
import { lookOfLevel } from '../ui/states.js';
import { saveFile } from '../ui/tables/save.js';
import css from './posture.module.css';
import { cx } from '../ui/cx.js';

type BigProps = {
  readonly level: Level;
  readonly title: string;
  readonly children: ReactNode;
};
const Big = ({ level, title, children }: BigProps): ReactElement => {
  const look = lookOfLevel(level);
  return (
    <div className={`k-${look.kind}`}>
      <div className="sm muted">{title}</div>
      <div className="level" style={{ margin: '3px 0' }}>
        <Glyph name={look.glyph} kind={look.kind} size={22} />
        {look.word}
      </div>
      <div className="sm muted">{children}</div>
    </div>
  );
};

type LinesProps = {
  readonly title: string;
  readonly lines: readonly string[];
};
const Lines = ({ title, lines }: LinesProps): ReactElement => (
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

const actsOf: { readonly [V in NonNullable<Posture['gate']>[Level]]: string } = {
  pass: 'actions run as their gates say',
  approval: 'every action asks a person',
  deny: 'every action is denied',
};

/** What the effective level does to actions, and how many of them wait now. */
const Effect = ({ posture: { effective, gate } }: { readonly posture: Posture }): ReactElement | null => {
  const status = useQuery(statusQuery());
  const waiting = waitingStates.reduce((sum, state) => sum + (status.data?.actions[state] ?? 0), 0);
  return gate === undefined ? null : (
    <p className="sm t2">
      At {effective} {actsOf[gate[effective]]}
      {status.data === undefined
        ? ''
        : `: ${counted(waiting, 'action')} ${waiting === 1 ? 'waits' : 'wait'} for a person`}
      . Responses still run.
    </p>
  );
};

const firedText = ({ red_triggers: red, yellow_triggers: yellow }: Posture): string => {
  const fired = [...red, ...yellow].map((name) => sentence(name).toLowerCase());
  return fired.length === 0 ? 'no trigger fired' : `by ${fired.join(', ')}`;
};

const Levels = ({ posture }: { readonly posture: Posture }): ReactElement => (
  <section className="card" aria-label="Levels">
    <div
      className="grid"
      style={{
        ...cols('auto 24px auto minmax(0, 1fr)', { phone: '1fr 24px 1fr', gap: '0 18px' }),
        padding: '14px 16px',
      }}
    >
      <Big level={posture.policy} title="Policy, as computed">
        {firedText(posture)}
      </Big>
      <span aria-hidden="true">→</span>
      <Big level={posture.effective} title="Effective, used by the gates">
        {posture.history.current === null ? null : (
          <>
            since <Time at={posture.history.current.since} zoned />,{' '}
            <Ago at={posture.history.current.since} />
          </>
        )}
      </Big>
      <div className={cx(css['clears'], 'col')} style={{ gap: 5 }}>
        <Lines
          title={posture.clears.length === 0 ? 'Nothing to clear' : 'What would clear it'}
          lines={posture.clears}
        />
        {posture.effective_reasons.length === 0 ? null : (
          <Lines title="Why" lines={posture.effective_reasons.map(({ detail }) => detail)} />
        )}
        {posture.clears.length === 0 ? null : (
          <p className="sm t2">
            Then {durationText(posture.dwell_s * 1000)} without a worse signal. A better level waits; a worse
            one applies at once.
          </p>
        )}
        <Effect posture={posture} />
        <OnMissing posture={posture} />
      </div>
    </div>
  </section>
);

export const PosturePage = (): ReactElement => {
  const posture = useQuery(postureQuery());
  return (
    <div>
      <Head title="Posture">
        {posture.data === undefined ? null : (
          <span className="sub hide-m">
            tenant <bdi>{posture.data.tenant_id}</bdi>; evaluated with each signal
          </span>
        )}
        <Link to="/posture/settings">Thresholds and sources</Link>
        <span className="ml">
          <ActionButton
            size="sm"
            off={posture.data === undefined ? 'Still loading' : undefined}
            onAct={() =>
              saveFile('policy_state.json', JSON.stringify(posture.data, null, 2), 'application/json')
            }
          >
            policy_state.json
          </ActionButton>
        </span>
      </Head>
      <Columns side={392}>
        <div>
          <Loaded query={posture} rows={10} what="the posture service does not answer">
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
