import { cols, Columns } from '../../ui/tables/Columns.js';
import { LinkButton } from '../../ui/LinkButton.js';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, type ReactElement } from 'react';
import { aboutFields } from '../lists/ActionFilters.js';
import { approvalsCsv, decidedFilterOf, inboxFilterOf, type ApprovalsSearch } from '../approval-filters.js';
import { approvalStates } from '../approvals-search.js';
import { RejectSeveral } from './RejectSeveral.js';
import { Chosen } from '../RequestPreview.js';
import { titleOf, wasDecided } from '../words.js';
import { actionsQuery, allInbox, inboxQuery, type ActionRow, type InboxItem } from '../../api/queries.js';
import { useSend } from '../../api/send.js';
import { approvalFiguresQuery } from '../../overview/NeedsFigures.js';
import { counted, durationText, percentText, sentence } from '../../format.js';
import { useKeys } from '../../shell/keys.js';
import type { FilterSearch } from '../../state/saved-filters.js';
import { Filters, type FilterField } from '../../ui/forms/Filters.js';
import { Glyph } from '../../ui/glyphs.js';
import { InboxCountdown, inboxGlyph, inboxIdOf, InboxLink, inboxTitle, isAction } from '../../ui/inbox.js';
import { More } from '../../ui/tables/More.js';
import { ActionButton, Ago, Empty, UntrustedText, Head, Loaded, Problem, Time } from '../../ui/parts.js';
import { saveFile } from '../../ui/tables/save.js';
import { actionLook } from '../../ui/states.js';
import { useHeld } from '../../ui/useHeld.js';
import { usePhone } from '../../ui/usePhone.js';
import { cx } from '../../ui/cx.js';
import css from './approvals.module.css';

/** An action that has ended. */
const Item = ({ action, chosen }: { readonly action: ActionRow; readonly chosen: boolean }): ReactElement => {
  const look = actionLook[action.state];
  return (
    <Link
      from="/approvals"
      to="/approvals"
      search={(old) => ({ ...old, id: action.action_id })}
      className={cx(css['request'], chosen && 'sel')}
      aria-current={chosen ? 'true' : undefined}
    >
      <Glyph name={look.glyph} kind={look.kind} size={15} />
      <span style={{ fontWeight: 500 }}>
        {titleOf(action)} <UntrustedText linked text={action.entity_id} />
      </span>
      <span className="muted sm">
        <Time at={action.ended_at} />
      </span>
      <span className={cx(css['why'], 'd iso')}>{look.word.toLowerCase()}</span>
    </Link>
  );
};

/**
 * A row of the list: a request as it was when the list was shown, or an action that a person
 * decided.
 */
type Row =
  | { readonly group: 'mine' | 'others'; readonly item: InboxItem }
  | { readonly group: 'decided'; readonly action: ActionRow };

const rowIdOf = (row: Row): string =>
  row.group === 'decided' ? row.action.action_id : isAction(row.item) ? row.item.id : inboxIdOf(row.item);

/** Returns whether the action of a row runs if nobody answers. */
const proceeds = (row: Row): boolean =>
  row.group !== 'decided' && row.item.kind === 'window' && row.item.then?.includes('proceed') === true;

const rowsOf = (items: readonly InboxItem[], latest: readonly ActionRow[]): readonly Row[] => [
  ...items.map((item): Row => ({ group: item.why_not === null ? 'mine' : 'others', item })),
  ...latest
    .filter(wasDecided)
    .slice(0, 20)
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
      {inboxTitle(item)} {item.subject === null ? null : <UntrustedText linked text={item.subject} />}
    </span>
    <InboxCountdown item={item} />
    <span className={cx(css['why'], 'd iso')}>
      {item.why ?? `${sentence(item.asks)}.`}
      {item.why_not === null ? null : ` ${sentence(item.why_not)}.`}
    </span>
  </InboxLink>
);

const requestCols = cols('18px minmax(0, 1fr) auto', { gap: '1px 9px', pad: 9 });

type GroupProps = {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly id: string | undefined;
  /** The latest actions by id. The action of a held row may have ended in the meantime. */
  readonly newest: ReadonlyMap<string, ActionRow>;
};
const Group = ({ title, rows, id, newest }: GroupProps): ReactElement | null =>
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

const fields: readonly FilterField[] = [
  { kind: 'choice', name: 'state', label: 'State', every: 'Every state', choices: approvalStates },
  ...aboutFields,
  { kind: 'time', name: 'since', label: 'Requested from, UTC' },
  { kind: 'time', name: 'until', label: 'Requested before, UTC' },
];

const route = getRouteApi('/shell/approvals');

/** The list of requests beside the one that is chosen. */
const Requests = ({ isFiltered }: { readonly isFiltered: boolean }): ReactElement => {
  const search = route.useSearch();
  const { id } = search;
  const view = search.view === 'all' ? 'all' : 'mine';
  const phone = usePhone();
  const navigate = useNavigate({ from: '/approvals' });
  const waitsFor = inboxFilterOf(search);
  const decidedOf = decidedFilterOf(search);
  const inbox = useQuery(inboxQuery({ view, ...waitsFor }));
  const latest = useQuery(actionsQuery({ limit: 50, ...decidedOf }));
  const [noneWaits, noneDecided] = [waitsFor === undefined, decidedOf === undefined];
  const now = useMemo(
    () => rowsOf(noneWaits ? [] : (inbox.data?.items ?? []), noneDecided ? [] : (latest.data?.items ?? [])),
    [noneWaits, noneDecided, inbox.data, latest.data],
  );
  const items = inbox.data?.items ?? [];
  const exported = useSend(
    () => (waitsFor === undefined ? Promise.resolve([]) : allInbox({ view, ...waitsFor })),
    [],
  );
  const list = useRef<HTMLElement>(null);
  const held = useHeld(now, rowIdOf, list);
  const newest = new Map((latest.data?.items ?? []).map((action) => [action.action_id, action]));
  const inGroup = (group: Row['group']): readonly Row[] => held.shown.filter((row) => row.group === group);
  // Requests that are decided on another page are plain links. The keys move among the actions
  // only.
  const all = held.shown.filter((row) => row.group === 'decided' || isAction(row.item)).map(rowIdOf);
  const [first] = all;
  const like = inGroup('decided')
    .flatMap((row) => (row.group === 'decided' ? (newest.get(row.action.action_id) ?? row.action) : []))
    .filter(({ state }) => state === 'COMPLETED' || state === 'ROLLED_BACK');
  const model = like.find(({ action_id: one }) => one === id) ?? like[0];
  const approved = like.filter(
    ({ agent, action_type: type }) => agent === model?.agent && type === model.action_type,
  );
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
    j: () => move(1),
    k: () => move(-1),
    d: () => document.getElementById('device-changes')?.focus(),
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
    <Columns side={420} left>
      {phone ? chosen : null}
      <nav className="card" aria-label="Requests" key="list" ref={list}>
        <More held={held} />
        <Loaded query={inbox} what="what waits">
          {() => (
            <>
              <RejectSeveral items={noneWaits ? [] : items.filter(({ why_not: why }) => why === null)} />
              {inGroup('mine').length + inGroup('others').length > 0 ? null : isFiltered ? (
                <Empty>
                  <b>Nothing that waits matches.</b> Clear the filter to see everything.
                </Empty>
              ) : (
                <Empty>
                  <b>No request waits for you.</b>{' '}
                  {waiting === 0
                    ? 'New requests appear here.'
                    : `${counted(waiting, 'request')} ${waiting === 1 ? 'waits' : 'wait'} for others.`}
                </Empty>
              )}
              <Group
                title="Proceeds by itself unless stopped"
                rows={inGroup('mine').filter(proceeds)}
                id={id}
                newest={newest}
              />
              <Group
                title="Does not run without a yes"
                rows={inGroup('mine').filter((row) => !proceeds(row))}
                id={id}
                newest={newest}
              />
              <Group title="Waits for someone else" rows={inGroup('others')} id={id} newest={newest} />
              <Group title="Decided" rows={inGroup('decided')} id={id} newest={newest} />
              {approved.length === 0 ? null : (
                <p className="note sm lnk">
                  <Link to="/studio" search={{ from: approved.map(({ action_id: one }) => one).join(',') }}>
                    Draft a rule from {approved.length === 1 ? 'this' : `these ${approved.length}`}
                  </Link>
                </p>
              )}
              <div className="b">
                <ActionButton
                  size="sm"
                  off={exported.isPending ? 'It is being read' : undefined}
                  onAct={() =>
                    exported.mutate(undefined, {
                      onSuccess: (waits) => {
                        const decided = inGroup('decided').flatMap((row) =>
                          row.group === 'decided' ? row.action : [],
                        );
                        saveFile('approvals.csv', approvalsCsv(waits, decided), 'text/csv');
                      },
                    })
                  }
                >
                  Export as CSV
                </ActionButton>
                {exported.isError ? <Problem error={exported.error} what="nothing was exported" /> : null}
              </div>
            </>
          )}
        </Loaded>
      </nav>
      {phone ? null : chosen}
    </Columns>
  );
};

/** How fast people answered in the last 30 days. Everyone may see it. */
const Answers = (): ReactElement | null => {
  const { data } = useQuery(approvalFiguresQuery());
  if (data === undefined || data.answers === 0) return null;
  const { turnaround_median_ms: median, rubber_stamps: fast, answers, oldest_requested_at: oldest } = data;
  return (
    <span className="sub hide-m">
      Median to an answer <b>{median === null ? '–' : durationText(median)}</b>, within 10 s{' '}
      <b>{percentText((100 * fast) / answers)}</b>
      {oldest === null ? null : (
        <>
          , oldest waits <Ago at={oldest} />
        </>
      )}
    </span>
  );
};

export const ApprovalsPage = (): ReactElement => {
  const search = route.useSearch();
  const { id: _, ...filter } = search;
  const { view } = search;
  const navigate = useNavigate({ from: '/approvals' });
  const { data } = useQuery(inboxQuery({ view: 'mine' }));
  const mine = data?.mine ?? 0;
  const waiting = data?.all ?? 0;
  const isFiltered = fields.some(({ name }) => search[name as keyof ApprovalsSearch] !== undefined);
  const details = useRef<HTMLDetailsElement>(null);
  useKeys({
    '/': () => {
      if (details.current !== null) details.current.open = true;
      document.getElementById('entity')?.focus();
    },
  });
  return (
    <div>
      <Head title="Approvals">
        <span className="sub">
          {counted(mine, 'request')} {mine === 1 ? 'waits' : 'wait'} for you
        </span>
        <Link to="/changes" className="lnk">
          Change requests
        </Link>
        <Answers />
        <span className="tabs ml">
          <LinkButton
            from="/approvals"
            to="/approvals"
            search={(old) => ({ ...old, view: undefined })}
            activeOptions={{ includeSearch: true }}
            aria-current={view === undefined ? 'true' : undefined}
            size="sm"
          >
            For you, {mine}
          </LinkButton>{' '}
          <LinkButton
            from="/approvals"
            to="/approvals"
            search={(old) => ({ ...old, view: 'all' })}
            aria-current={view === 'all' ? 'true' : undefined}
            size="sm"
          >
            All waiting, {waiting}
          </LinkButton>{' '}
          <LinkButton
            from="/approvals"
            to="/approvals"
            search={(old) => ({ ...old, view: 'decided' })}
            aria-current={view === 'decided' ? 'true' : undefined}
            size="sm"
          >
            Decided
          </LinkButton>
        </span>
      </Head>
      <details open={isFiltered} ref={details}>
        <summary style={{ minHeight: 'var(--summary)', marginBottom: 8 }}>Filter</summary>
        <Filters
          list="approvals"
          fields={fields}
          search={search}
          onChange={(part: FilterSearch) =>
            void navigate({ search: { ...filter, ...(part as ApprovalsSearch), id: undefined } })
          }
        />
      </details>
      <Requests key={JSON.stringify(filter)} isFiltered={isFiltered} />
    </div>
  );
};
