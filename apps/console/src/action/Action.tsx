import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { DecideCard } from './approvals/Decide.js';
import { Feedback } from './Feedback.js';
import { Gates } from './Gates.js';
import { IntervalRow } from './IntervalRow.js';
import { DeviceChanges } from './DeviceChanges.js';
import { Limits } from './Limits.js';
import { Nearest } from './Nearest.js';
import { Outcome } from './Outcome.js';
import { Samples } from './Samples.js';
import { TakeBack } from './TakeBack.js';
import { evaluationFacts, intervalsOf, judgedOf, riskOf, scoreText, titleOf } from './words.js';
import { actionQuery, timelineQuery, useDecide, type Action } from '../api/queries.js';
import { useMissingScope } from '../api/session.js';
import { clockText, durationText, numberText, plainValue, zoneName } from '../format.js';
import { useKeys } from '../shell/keys.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { Columns } from '../ui/tables/Columns.js';
import { CopyLink } from '../ui/CopyLink.js';
import { Dossier } from '../ui/Dossier.js';
import { Icon } from '../ui/glyphs.js';
import { ConfirmButton } from '../ui/ConfirmButton.js';
import { Ago, Card, DryRun, UntrustedText, Id, Loaded, Problem, Time } from '../ui/parts.js';
import { Chip, StateChip } from '../ui/states.js';
import { num, Table } from '../ui/tables/Table.js';
import { usePhone } from '../ui/usePhone.js';
import { copyLink } from '../ui/copy.js';

const Prediction = ({ action }: { readonly action: Action }): ReactElement | null => {
  const intervals = intervalsOf(action);
  const seen = action.observation?.delta ?? {};
  const result = action.validation_result;
  const verdicts = {
    pass: { kind: 'green', glyph: 'ok', word: 'Inside the prediction' },
    inconclusive: { kind: 'yellow', glyph: 'hold', word: 'Not sure' },
    fail: { kind: 'red', glyph: 'oct', word: 'Worse than predicted' },
  } as const;
  if (intervals.length === 0) return null;
  return (
    <Card
      title={result === null ? 'Prediction' : 'Prediction against outcome'}
      extra={result === null ? null : <Chip look={verdicts[result.verdict]} />}
      right="band: predicted change, bar: expected"
    >
      <div className="b">
        {intervals.map((interval) => {
          const observed: unknown = seen[interval.kpi as keyof typeof seen];
          return (
            <IntervalRow
              key={interval.kpi}
              interval={{
                ...interval,
                observed: typeof observed === 'number' ? observed : undefined,
                verdict: result?.kpis.find(({ kpi }) => kpi === interval.kpi)?.verdict,
              }}
            />
          );
        })}
        {action.observation?.breaches.map(({ code, detail }) => (
          <p key={`${code}${detail}`} className="sm red long iso">
            {detail}
          </p>
        ))}
      </div>
      <Samples action={action} />
      <Nearest action={action} />
    </Card>
  );
};

const Intent = ({ action }: { readonly action: Action }): ReactElement => (
  <Card
    title="Intent"
    right={
      <Link to="/audit" search={{ stream: `action-${action.tenant_id}:${action.action_id}` }}>
        Follow in audit
      </Link>
    }
  >
    <div className="b">
      <dl className="kv">
        <dt>Agent</dt>
        <dd>
          <UntrustedText whole text={action.agent} />, account{' '}
          <UntrustedText whole text={action.account_id} />
        </dd>
        <dt>Requester</dt>
        <dd>
          <UntrustedText whole text={action.requester} />
        </dd>
        <dt>Entities</dt>
        <dd>{action.affected_entity_count}</dd>
        {action.plan === null ? null : (
          <>
            <dt>Site</dt>
            <dd>
              {action.plan.site_id === null ? '' : <UntrustedText whole text={action.plan.site_id} />}, device{' '}
              <Link to="/devices/$id" params={{ id: action.plan.device_id }}>
                {action.plan.device_id}
              </Link>
            </dd>
          </>
        )}
        {evaluationFacts(action).map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd className="iso">{value}</dd>
          </div>
        ))}
        {Object.entries(action.parameters).map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt className="iso">{name.slice(0, 60)}</dt>
            <dd>
              <bdi>{plainValue(value)}</bdi>
            </dd>
          </div>
        ))}
        <dt>Intent id</dt>
        <dd>
          <UntrustedText whole text={action.intent_id} />
        </dd>
      </dl>
    </div>
  </Card>
);

const Events = ({ id }: { readonly id: string }): ReactElement => {
  const [open, setOpen] = useState(false);
  const timeline = useQuery({ ...timelineQuery(id), enabled: open });
  const { zone } = useStore(settings);
  return (
    <Card title="Events">
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary id="whole-story" className="note">
          The whole stream, as recorded in the log
        </summary>
        {open ? (
          <Loaded query={timeline}>
            {({ items }) => (
              <Table
                name="Events"
                head={[num('No'), `At, ${zoneName(zone)}`, 'Event', 'By', num('Position')]}
              >
                {items.map((event) => (
                  <tr key={event.revision}>
                    <td className="num">{event.revision}</td>
                    <td>{clockText(event.at, zone, true)}</td>
                    <td className="mono">{event.type}</td>
                    <td>
                      {event.actor.kind === 'person'
                        ? `person ${event.actor.person_id.slice(0, 8)}`
                        : event.actor.service}
                    </td>
                    <td className="num mono">{event.position}</td>
                  </tr>
                ))}
              </Table>
            )}
          </Loaded>
        ) : null}
      </details>
    </Card>
  );
};

const Cancel = ({ action }: { readonly action: Action }): ReactElement | null => {
  const cancel = useDecide();
  const missing = useMissingScope('AUTONOMOUS_APPROVE');
  if (action.ended_at !== null) return null;
  return (
    <span className="row">
      {cancel.isError ? <Problem error={cancel.error} /> : null}
      <ConfirmButton
        id="cancel"
        always
        off={missing}
        sending={cancel.isPending}
        confirm={
          <>
            Yes, cancel it <kbd>X</kbd>
          </>
        }
        onAct={() =>
          cancel.mutate({ tenant: action.tenant_id, id: action.action_id, kind: 'cancel', comment: '' })
        }
      >
        Cancel action <kbd>X</kbd>
      </ConfirmButton>
    </span>
  );
};

/** Moves the focus to the next gate (`1`) or the previous gate (`-1`). */
const moveGate = (by: 1 | -1) => (): void => {
  const gates = [...document.querySelectorAll<HTMLElement>('main [data-gates] > li')];
  const at = gates.findIndex((gate) => gate.contains(document.activeElement));
  const next = gates[at === -1 ? (by === 1 ? 0 : gates.length - 1) : at + by];
  if (next === undefined) return;
  next.tabIndex = -1;
  next.focus();
};

const Side = ({ action }: { readonly action: Action }): ReactElement => (
  <div>
    <DecideCard action={action} />
    <Outcome action={action} />
    <Feedback key={action.action_id} action={action} />
    <Limits action={action} />
    <Intent action={action} />
  </div>
);

const route = getRouteApi('/shell/actions/$id');

export const ActionPage = (): ReactElement => {
  const { id } = route.useParams();
  const phone = usePhone();
  const query = useQuery(actionQuery(id));
  useKeys({
    y: copyLink,
    '[': moveGate(-1),
    ']': moveGate(1),
    d: () => {
      const changes = document.getElementById('device-changes');
      changes?.scrollIntoView({ block: 'start' });
      changes?.focus();
    },
    o: () => {
      const story = document.getElementById('whole-story');
      story?.click();
      story?.focus();
    },
  });
  return (
    <div>
      <div className="crumb">
        <Link to="/actions">Actions</Link> <Icon name="right" size={11} /> <Id id={id} />
      </div>
      <Loaded query={query} rows={12} what="this action">
        {(action) => (
          <>
            <div className="ph">
              <h1>
                {titleOf(action)} <UntrustedText whole text={action.entity_id} />
              </h1>
              <StateChip state={action.state} />
              <DryRun of={action} />
              <span className="ml row wrap">
                <CopyLink />
                <Dossier />
                <Cancel key={action.action_id} action={action} />
                <TakeBack key={`${action.action_id} back`} action={action} />
              </span>
            </div>
            <div className="meta">
              <span>
                Received{' '}
                <b>
                  <Time at={action.accepted_at} zoned />
                </b>
              </span>
              <span>
                by <b className="iso">{action.agent.slice(0, 80)}</b>
              </span>
              <span>
                risk{' '}
                <b>
                  {scoreText(riskOf(action))}
                  {judgedOf(action).level === undefined ? '' : `, ${judgedOf(action).level ?? ''}`}
                </b>
              </span>
              {judgedOf(action).confidence === undefined ? null : (
                <span>
                  confidence <b>{numberText(judgedOf(action).confidence ?? 0)}</b>
                </span>
              )}
              <span>
                entities <b>{action.affected_entity_count}</b>
              </span>
              {action.ended_at !== null && action.accepted_at !== null ? (
                <span>
                  took <b>{durationText(Date.parse(action.ended_at) - Date.parse(action.accepted_at))}</b>
                </span>
              ) : null}
              {action.ended_at === null && action.accepted_at !== null ? (
                <span>
                  for{' '}
                  <b>
                    <Ago at={action.accepted_at} />
                  </b>
                </span>
              ) : null}
            </div>
            <Columns side={388} sticky>
              {phone ? <Side key="side" action={action} /> : null}
              <div key="told">
                <Gates action={action} />
                <Prediction action={action} />
                <DeviceChanges action={action} />
                <Events id={id} />
              </div>
              {phone ? null : <Side key="side" action={action} />}
            </Columns>
          </>
        )}
      </Loaded>
    </div>
  );
};
