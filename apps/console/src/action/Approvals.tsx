import { cols, Columns } from '../ui/Columns.js';

import { LinkButton } from '../ui/LinkButton.js';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, type ReactElement } from 'react';
import { Decide } from './Decide.js';
import { RejectSeveral } from './RejectSeveral.js';
import { deadlineOf, intervalsOf, leafName, riskOf, scoreText, titleOf, wasDecided, whyOf } from './words.js';
import {
  actionQuery,
  actionsQuery,
  inboxQuery,
  type Action,
  type ActionRow,
  type InboxItem,
} from '../api/queries.js';
import { counted, rangeText, sentence } from '../format.js';
import { useKeys } from '../shell/keys.js';
import { Countdown } from '../ui/countdown.js';
import { Glyph } from '../ui/glyphs.js';
import { InboxCountdown, inboxGlyph, inboxIdOf, InboxLink, inboxTitle, isAction } from '../ui/inbox.js';
import { More } from '../ui/More.js';
import { Empty, Foreign, Head, Loaded, Time } from '../ui/parts.js';
import { actionLook, StateChip } from '../ui/states.js';
import { useHeld } from '../ui/useHeld.js';
import { usePhone } from '../ui/usePhone.js';
import { cx } from '../ui/cx.js';
import css from './approvals.module.css';

/** An action that has ended. */
const Item = ({ action, chosen }: { readonly action: ActionRow; readonly chosen: boolean }): ReactElement => {
  const look = actionLook[action.state];
  return (
    <Link
      to="/approvals"
      search={(old) => ({ ...old, id: action.action_id })}
      className={cx(css['request'], chosen && 'sel')}
      aria-current={chosen ? 'true' : undefined}
    >
      <Glyph name={look.glyph} kind={look.kind} size={15} />
      <span style={{ fontWeight: 500 }}>
        {titleOf(action)} <Foreign text={action.entity_id} />
      </span>
      <span className="muted sm">
        <Time at={action.ended_at} />
      </span>
      <span className={cx(css['why'], 'd iso')}>{look.word.toLowerCase()}</span>
    </Link>
  );
};

/** A request as it stood when the list was shown, or an action that a person had decided on. */
type Row =
  | { readonly group: 'mine' | 'others'; readonly item: InboxItem }
  | { readonly group: 'decided'; readonly action: ActionRow };

const rowIdOf = (row: Row): string =>
  row.group === 'decided' ? row.action.action_id : isAction(row.item) ? row.item.id : inboxIdOf(row.item);

const rowsOf = (items: readonly InboxItem[], latest: readonly ActionRow[]): readonly Row[] => [
  ...items.map((item): Row => ({ group: item.why_not === null ? 'mine' : 'others', item })),
  ...latest
    .filter(wasDecided)
    .slice(0, 8)
    .map((action): Row => ({ group: 'decided', action })),
];

const Request = ({ item, chosen }: { readonly item: InboxItem; readonly chosen: boolean }): ReactElement => (
  <InboxLink
    item={item}
    className={cx(css['request'], chosen && 'sel')}
    aria-current={chosen ? 'true' : undefined}
  >
    <Glyph name={inboxGlyph(item)} kind="yellow" size={15} />
    <span className="fw">
      {inboxTitle(item)} {item.subject === null ? null : <Foreign text={item.subject} />}
    </span>
    <InboxCountdown item={item} />
    <span className={cx(css['why'], 'd iso')}>
      {item.why ?? `${sentence(item.asks)}.`}
      {item.why_not === null ? null : ` ${sentence(item.why_not)}.`}
    </span>
  </InboxLink>
);

const requestCols = cols('18px minmax(0, 1fr) auto', { gap: '1px 9px', pad: 9 });

const Group = ({
  title,
  rows,
  id,
  newest,
}: {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly id: string | undefined;
  /** The latest actions: what a held row is about may have ended since. */
  readonly newest: ReadonlyMap<string, ActionRow>;
}): ReactElement | null =>
  rows.length === 0 ? null : (
    <div role="group" aria-label={title}>
      <div className={cx(css['group'], 'row sm muted')}>
        {title} <span className="ml">{rows.length}</span>
      </div>
      <div className="lines" style={requestCols}>
        {rows.map((row) => {
          const key = rowIdOf(row);
          const ended = newest.get(key);
          if (row.group === 'decided')
            return <Item key={key} action={ended ?? row.action} chosen={key === id} />;
          return isAction(row.item) && ended !== undefined && ended.ended_at !== null ? (
            <Item key={key} action={ended} chosen={key === id} />
          ) : (
            <Request key={key} item={row.item} chosen={key === id} />
          );
        })}
      </div>
    </div>
  );

const Preview = ({ action }: { readonly action: Action }): ReactElement => {
  const deadline = deadlineOf(action);
  const [interval] = intervalsOf(action);
  const waits = deadline !== undefined;
  const phone = usePhone();
  const decision = waits ? (
    <div className={cx(css['part'], css['decision'])} key="decision">
      <Decide key={action.action_id} action={action} />
    </div>
  ) : null;
  return (
    <section className="card" aria-label="Request">
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
      <div className={cx('figs', css['figures'])} style={cols('none')}>
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
      <div className={css['part']}>
        <h3 className="line">Why it asks</h3>
        <p className="t2 long iso">{whyOf(action) || 'No gate held it any more.'}</p>
      </div>
      {action.plan === null ? null : (
        <div className={css['part']}>
          <h3 className="line">
            What changes on the network <span className="tag mono">{action.plan.device_id}</span>
          </h3>
          <div
            className="grid mono"
            style={{
              ...cols('minmax(0, 1.25fr) 1fr 16px 1fr', { phone: '1fr 14px 1fr', gap: '4px 10px' }),
              fontSize: 12,
            }}
          >
            {action.plan.diff.map(({ path, before, after }) => (
              <div key={path} style={{ display: 'contents' }}>
                <span className="long all-m" title={path}>
                  {leafName(path)}
                </span>
                <span className="was long">{before ?? 'not there'}</span>
                <span aria-label="becomes">→</span>
                <span className="is long">{after ?? 'removed'}</span>
              </div>
            ))}
          </div>
        </div>
      )}
      {phone ? null : decision}
      {waits ? null : (
        <div className={css['part']}>
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
  const { id, view } = route.useSearch();
  const phone = usePhone();
  const navigate = useNavigate({ from: '/approvals' });
  const inbox = useQuery(inboxQuery(view ?? 'mine'));
  const latest = useQuery(actionsQuery({ limit: 50 }));
  const now = useMemo(
    () => rowsOf(inbox.data?.items ?? [], latest.data?.items ?? []),
    [inbox.data, latest.data],
  );
  const list = useRef<HTMLElement>(null);
  const held = useHeld(now, rowIdOf, list);
  const newest = new Map((latest.data?.items ?? []).map((action) => [action.action_id, action]));
  const inGroup = (group: Row['group']): readonly Row[] => held.shown.filter((row) => row.group === group);
  // What is decided elsewhere is a link of its own: the keys move among the actions.
  const all = held.shown.filter((row) => row.group === 'decided' || isAction(row.item)).map(rowIdOf);
  const [first] = all;
  const like = inGroup('decided')
    .flatMap((row) => (row.group === 'decided' ? (newest.get(row.action.action_id) ?? row.action) : []))
    .filter(({ state }) => state === 'COMPLETED' || state === 'ROLLED_BACK');
  const model = like.find(({ action_id: one }) => one === id) ?? like[0];
  const approved = like.filter(
    ({ agent, action_type: type }) => agent === model?.agent && type === model.action_type,
  );
  const mine = inbox.data?.mine ?? 0;
  const waiting = inbox.data?.all ?? 0;
  useEffect(() => {
    if (id === undefined && first !== undefined)
      void navigate({ search: (old) => ({ ...old, id: first }), replace: true });
  }, [id, first, navigate]);
  const move = (by: 1 | -1): void => {
    const at = all.findIndex((one) => one === id);
    const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
    if (next !== undefined) void navigate({ search: (old) => ({ ...old, id: next }) });
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
      <div style={{ minWidth: 0 }} key="chosen">
        <Chosen key={id} id={id} />
      </div>
    );
  return (
    <div>
      <Head title="Approvals">
        <span className="sub">
          {counted(mine, 'request')} {mine === 1 ? 'waits' : 'wait'} for you
        </span>
        <Link to="/changes" className="lnk">
          Change requests
        </Link>
        <span className="tabs ml">
          <LinkButton
            to="/approvals"
            search={(old) => ({ ...old, view: undefined })}
            activeOptions={{ includeSearch: true }}
            aria-current={view === undefined ? 'true' : undefined}
            size="sm"
          >
            For you, {mine}
          </LinkButton>{' '}
          <LinkButton
            to="/approvals"
            search={(old) => ({ ...old, view: 'all' })}
            aria-current={view === 'all' ? 'true' : undefined}
            size="sm"
          >
            All, {waiting}
          </LinkButton>
        </span>
      </Head>
      <Columns side={420} left>
        {phone ? chosen : null}
        <nav className="card" aria-label="Requests" key="list" ref={list}>
          <More held={held} />
          <Loaded query={inbox} what="what waits">
            {() => (
              <>
                <RejectSeveral items={(inbox.data?.items ?? []).filter(({ why_not: why }) => why === null)} />
                {inGroup('mine').length + inGroup('others').length > 0 ? null : (
                  <Empty>
                    <b>Nothing waits for you.</b>{' '}
                    {waiting === 0
                      ? 'What does will stand here.'
                      : `${counted(waiting, 'request')} ${waiting === 1 ? 'waits' : 'wait'} for others.`}
                  </Empty>
                )}
                <Group title="For you" rows={inGroup('mine')} id={id} newest={newest} />
                <Group title="For others" rows={inGroup('others')} id={id} newest={newest} />
                <Group title="Decided" rows={inGroup('decided')} id={id} newest={newest} />
                {approved.length === 0 ? null : (
                  <p className="note sm lnk">
                    <Link to="/studio" search={{ from: approved.map(({ action_id: one }) => one).join(',') }}>
                      Draft a rule from {approved.length === 1 ? 'this' : `these ${approved.length}`}
                    </Link>
                  </p>
                )}
              </>
            )}
          </Loaded>
        </nav>
        {phone ? null : chosen}
      </Columns>
    </div>
  );
};
