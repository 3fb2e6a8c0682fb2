import '../styles/approvals.css';
import '../styles/action.css';

import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, type ReactElement } from 'react';
import { Decide } from '../action/Decide.js';
import {
  deadlineOf,
  intervalsOf,
  leafName,
  riskOf,
  scoreText,
  titleOf,
  wasDecided,
  whyOf,
} from '../action/words.js';
import { actionQuery, actionsQuery, type Action } from '../api/queries.js';
import { useMissingScope } from '../api/session.js';
import { counted, rangeText, sentence } from '../format.js';
import { useKeys } from '../shell/keys.js';
import { Countdown } from '../ui/countdown.js';
import { Glyph } from '../ui/glyphs.js';
import { More } from '../ui/More.js';
import { Empty, Foreign, Head, Loaded, Time } from '../ui/parts.js';
import { actionLook, StateChip } from '../ui/states.js';
import { useHeld } from '../ui/useHeld.js';
import { usePhone } from '../ui/usePhone.js';

const Item = ({ action, chosen }: { readonly action: Action; readonly chosen: boolean }): ReactElement => {
  const look = actionLook[action.state];
  const deadline = deadlineOf(action);
  return (
    <Link
      to="/approvals"
      search={{ id: action.action_id }}
      className={`it ${action.ended_at === null ? '' : 'done'}`}
      aria-current={chosen ? 'true' : undefined}
    >
      <Glyph name={look.glyph} kind={look.kind} size={15} />
      <span className="h">
        {titleOf(action)} <Foreign text={action.entity_id} />
      </span>
      {deadline !== undefined ? (
        <Countdown key={deadline.due} {...deadline} />
      ) : (
        <span className="muted sm">
          <Time at={action.ended_at} />
        </span>
      )}
      <span className="s iso">{action.ended_at === null ? whyOf(action) : look.word.toLowerCase()}</span>
    </Link>
  );
};

/** A request in the group that it stood in when the list was shown: what becomes of it changes in its place. */
type Row = { readonly group: 'window' | 'approval' | 'decided'; readonly action: Action };

const rowsOf = (
  windows: readonly Action[],
  approvals: readonly Action[],
  latest: readonly Action[],
): readonly Row[] => [
  ...windows.map((action): Row => ({ group: 'window', action })),
  ...approvals.map((action): Row => ({ group: 'approval', action })),
  ...latest
    .filter(wasDecided)
    .slice(0, 8)
    .map((action): Row => ({ group: 'decided', action })),
];

const Group = ({
  title,
  items,
  id,
}: {
  readonly title: string;
  readonly items: readonly Action[];
  readonly id: string | undefined;
}): ReactElement | null =>
  items.length === 0 ? null : (
    <div role="group" aria-label={title}>
      <div className="grp">
        {title} <span className="ml">{items.length}</span>
      </div>
      {items.map((action) => (
        <Item key={action.action_id} action={action} chosen={action.action_id === id} />
      ))}
    </div>
  );

const Preview = ({ action }: { readonly action: Action }): ReactElement => {
  const deadline = deadlineOf(action);
  const [interval] = intervalsOf(action);
  const waits = deadline !== undefined;
  const phone = usePhone();
  const decision = waits ? (
    <div className="sec dec" key="decision">
      <Decide key={action.action_id} action={action} />
    </div>
  ) : null;
  return (
    <section className="card pv" aria-label="Request">
      <header>
        <h2>
          {titleOf(action)} <Foreign text={action.entity_id} />
        </h2>
        <StateChip state={action.state} />
        <span className="r">
          {waits ? <Countdown key={deadline.due} {...deadline} /> : null}
          <Link to="/actions/$id" params={{ id: action.action_id }}>
            Whole story
          </Link>
        </span>
      </header>
      {phone ? decision : null}
      <div className="four">
        <div>
          <b>{scoreText(riskOf(action))}</b>
          <span>risk, of 99</span>
        </div>
        <div>
          <b>{action.affected_entity_count}</b>
          <span>entities</span>
        </div>
        <div>
          <b>{interval === undefined ? '–' : rangeText(interval.low, interval.high)}</b>
          <span>
            {interval === undefined ? 'no prediction' : `${sentence(interval.kpi)}, predicted change`}
          </span>
        </div>
        <div>
          <b>{action.plan === null ? '–' : action.plan.reversible ? 'Yes' : 'No'}</b>
          <span>can be taken back</span>
        </div>
      </div>
      <div className="sec">
        <h3>Why it asks</h3>
        <p className="t2 long iso">{whyOf(action) || 'No gate held it any more.'}</p>
      </div>
      {action.plan === null ? null : (
        <div className="sec">
          <h3>
            What changes on the network <span className="tag mono">{action.plan.device_id}</span>
          </h3>
          <div className="chg mono">
            {action.plan.diff.map(({ path, before, after }) => (
              <div key={path} style={{ display: 'contents' }}>
                <span className="long pth" title={path}>
                  {leafName(path)}
                </span>
                <span className="o long">{before ?? 'not there'}</span>
                <span aria-label="becomes">→</span>
                <span className="n long">{after ?? 'removed'}</span>
              </div>
            ))}
          </div>
        </div>
      )}
      {phone ? null : decision}
      {waits ? null : (
        <div className="sec">
          <p className="t2">
            {actionLook[action.state].word}
            {action.ended_at === null ? '.' : ', at '}
            {action.ended_at === null ? null : <Time at={action.ended_at} zoned />}
          </p>
          {action.comments.map(({ at, on, comment }) => (
            <p key={`${at}${on}`} className="long">
              <span className="muted">{sentence(on)}:</span> <bdi>{comment}</bdi>
            </p>
          ))}
        </div>
      )}
    </section>
  );
};

const Chosen = ({ id }: { readonly id: string }): ReactElement => {
  const action = useQuery(actionQuery(id));
  return (
    <Loaded query={action} rows={8} what="this request">
      {(data) => <Preview action={data} />}
    </Loaded>
  );
};

const route = getRouteApi('/shell/approvals');

export const ApprovalsPage = (): ReactElement => {
  const { id } = route.useSearch();
  const phone = usePhone();
  const navigate = useNavigate({ from: '/approvals' });
  const windows = useQuery(actionsQuery({ state: 'AWAITING_CONFIRMATION' }));
  const approvals = useQuery(actionsQuery({ state: 'AWAITING_APPROVAL' }));
  const latest = useQuery(actionsQuery({ limit: 50 }));
  const missing = useMissingScope('AUTONOMOUS_APPROVE');
  const now = useMemo(
    () => rowsOf(windows.data?.items ?? [], approvals.data?.items ?? [], latest.data?.items ?? []),
    [windows.data, approvals.data, latest.data],
  );
  const waiting = now.filter(({ group }) => group !== 'decided');
  const list = useRef<HTMLElement>(null);
  const held = useHeld(now, ({ action }) => action.action_id, list);
  // What a held row is about may have ended since: the latest actions know how.
  const newest = new Map((latest.data?.items ?? []).map((action) => [action.action_id, action]));
  const inGroup = (group: Row['group']): readonly Action[] =>
    held.shown
      .filter((row) => row.group === group)
      .map(({ action }) => newest.get(action.action_id) ?? action);
  const all = held.shown.map(({ action }) => action);
  const first = all[0]?.action_id;
  const like = inGroup('decided').filter(({ state }) => state === 'COMPLETED' || state === 'ROLLED_BACK');
  const model = like.find(({ action_id: one }) => one === id) ?? like[0];
  const approved = like.filter(
    ({ agent, action_type: type }) => agent === model?.agent && type === model.action_type,
  );
  useEffect(() => {
    if (id === undefined && first !== undefined)
      void navigate({ search: (old) => ({ ...old, id: first }), replace: true });
  }, [id, first, navigate]);
  const move = (by: 1 | -1): void => {
    const at = all.findIndex(({ action_id: one }) => one === id);
    const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
    if (next !== undefined) void navigate({ search: (old) => ({ ...old, id: next.action_id }) });
  };
  useKeys({
    j: () => {
      move(1);
    },
    k: () => {
      move(-1);
    },
    o: () => {
      if (id !== undefined) void navigate({ to: '/actions/$id', params: { id } });
    },
  });
  const chosen =
    id === undefined ? null : (
      <div className="chosen" key="chosen">
        <Chosen key={id} id={id} />
      </div>
    );
  return (
    <div className="p-approvals">
      <Head title="Approvals">
        <span className="sub">
          {counted(waiting.length, 'request')} {waiting.length === 1 ? 'waits' : 'wait'}
        </span>
        {missing === undefined ? null : <span className="sub ml">You can look, not decide. {missing}.</span>}
      </Head>
      <div className="ib">
        {phone ? chosen : null}
        <nav className="card" aria-label="Requests" key="list" ref={list}>
          <More held={held} />
          <Loaded query={windows}>
            {() => (
              <Loaded query={approvals}>
                {() =>
                  all.length === 0 ? (
                    <Empty>
                      <b>No action waits for a person.</b> What does will stand here.
                    </Empty>
                  ) : (
                    <>
                      <Group
                        title="Proceeds or ends by itself unless decided"
                        items={inGroup('window')}
                        id={id}
                      />
                      <Group title="Does not run without a yes" items={inGroup('approval')} id={id} />
                      <Group title="Decided" items={inGroup('decided')} id={id} />
                      {approved.length === 0 ? null : (
                        <p className="note sm lnk">
                          <Link
                            to="/studio"
                            search={{ from: approved.map(({ action_id: one }) => one).join(',') }}
                          >
                            Draft a rule from {approved.length === 1 ? 'this' : `these ${approved.length}`}
                          </Link>
                        </p>
                      )}
                    </>
                  )
                }
              </Loaded>
            )}
          </Loaded>
        </nav>
        {phone ? null : chosen}
      </div>
    </div>
  );
};
