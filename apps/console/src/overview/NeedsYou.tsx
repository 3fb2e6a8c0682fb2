import { Box, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef, type ReactElement } from 'react';
import { aboutText } from '../alerts/words.js';
import { tenantStore } from '../api/client.js';
import {
  alertsQuery,
  extendS,
  inboxQuery,
  sendDecision,
  useDecide,
  type Alert,
  type InboxItem,
} from '../api/queries.js';
import { useSend } from '../api/send.js';
import { useMissingScope, useSession } from '../api/session.js';
import { useStore } from '../state/store.js';
import { counted, sentence } from '../format.js';
import { NeedsFigures } from './NeedsFigures.js';
import { Acknowledge } from './OpenAlerts.js';
import { ReasonAct } from '../ui/dialogs/ReasonAct.js';
import { LinkButton } from '../ui/LinkButton.js';
import { useRowKeys } from '../ui/tables/rows.js';
import { cols } from '../ui/tables/Columns.js';
import { Glyph } from '../ui/glyphs.js';
import { InboxCountdown, inboxGlyph, inboxIdOf, InboxLink, inboxTitle, isAction } from '../ui/inbox.js';
import { More } from '../ui/tables/More.js';
import { ActionButton, Ago, Card, Empty, UntrustedText, Loaded } from '../ui/parts.js';
import { Chip } from '../ui/states.js';
import { useHeld } from '../ui/useHeld.js';
import css from './overview.module.css';
import { cx } from '../ui/cx.js';

/** Rejects a request or extends its window. A yes is given where its digest is shown. */
const Acts = ({ item: { kind, id } }: { readonly item: InboxItem }): ReactElement => {
  const missing = useMissingScope('AUTONOMOUS_APPROVE');
  const extend = useDecide();
  const { data: session } = useSession();
  const tenant = useStore(tenantStore) ?? session?.tenants[0] ?? '';
  const reject = useSend(
    (comment: string) => sendDecision({ tenant, id, kind: 'reject', comment }),
    ['actions', 'action', 'inbox'],
    'The request was rejected.',
  );
  return (
    <>
      <ReasonAct
        label="Reject…"
        title="Reject the request"
        act="Reject it"
        danger
        always
        off={missing}
        send={reject}
      />
      {kind === 'window' ? (
        <ActionButton
          size="sm"
          off={missing}
          sending={extend.isPending}
          onAct={() => extend.mutate({ tenant, id, kind: 'extend', comment: '' })}
        >
          +{extendS} s
        </ActionButton>
      ) : null}
    </>
  );
};

/** A critical alert that nobody has acknowledged. */
const Urgent = ({ alert }: { readonly alert: Alert }): ReactElement => (
  <li>
    <Glyph name="oct" kind="red" size={16} />
    <div>
      <Box fw={600} fz="md">
        Acknowledge critical alert <UntrustedText text={alert.name} />
      </Box>
      <div className={cx(css['why'], 'long iso')}>{aboutText(alert)}</div>
    </div>
    <span className="sm muted">
      <Ago at={alert.opened_at} />
    </span>
    <Box className={cx('all-m row', css['acts'])} fz={{ base: 14, sm: 13 }}>
      {alert.name === 'log_tampered' ? (
        <LinkButton to="/audit" size="sm">
          Verify here
        </LinkButton>
      ) : null}
      <Acknowledge alert={alert} label="Acknowledge" />
    </Box>
  </li>
);

const Need = ({ item }: { readonly item: InboxItem }): ReactElement => (
  <li>
    <Glyph name={inboxGlyph(item)} kind="yellow" size={16} />
    <div>
      <Box fw={600} fz="md">
        {inboxTitle(item)} {item.subject === null ? null : <UntrustedText text={item.subject} />}
      </Box>
      <div className={cx(css['why'], 'long iso')}>{item.why ?? `${sentence(item.asks)}.`}</div>
      {item.then === null ? null : <div className="xs muted">Unanswered, {item.then}.</div>}
    </div>
    <InboxCountdown item={item} />
    <Box className={cx('all-m row', css['acts'])} fz={{ base: 14, sm: 13 }}>
      {isAction(item) ? <Acts item={item} /> : null}
      <Button
        component={InboxLink}
        item={item}
        variant="filled"
        data-row
        aria-label={`Review ${inboxTitle(item)} ${item.subject ?? ''}`.trim()}
      >
        Review
      </Button>
    </Box>
  </li>
);

const needCols = cols('20px minmax(0, 1fr) auto auto', {
  phone: '20px minmax(0, 1fr) auto',
  gap: '4px 12px',
  pad: 10,
});

const Needs = ({ items }: { readonly items: readonly InboxItem[] }): ReactElement => {
  const list = useRef<HTMLDivElement>(null);
  const held = useHeld(items, inboxIdOf, list);
  return (
    <div ref={list}>
      <More held={held} />
      <ul className="lines" style={needCols}>
        {held.shown.map((item) => (
          <Need key={inboxIdOf(item)} item={item} />
        ))}
      </ul>
    </div>
  );
};

/**
 * The requests that this user may decide, with the consequence of no answer, and the number of
 * requests for other people.
 */
export const NeedsYou = (): ReactElement => {
  const inbox = useQuery(inboxQuery({ view: 'mine' }));
  const mine = inbox.data?.mine ?? 0;
  const others = (inbox.data?.all ?? 0) - mine;
  const alerts = useQuery({ ...alertsQuery(), enabled: useMissingScope('ALERT_READ') === undefined });
  const urgent = (alerts.data?.items ?? []).filter(
    ({ severity, status }) => severity === 'critical' && status !== 'resolved' && status !== 'acknowledged',
  );
  const windows = (inbox.data?.items ?? []).filter(({ kind }) => kind === 'window').length;
  useRowKeys();
  return (
    <Card
      title={inbox.data !== undefined && mine + urgent.length === 0 ? 'Nothing needs you' : 'Needs you'}
      className="o1"
      extra={
        <>
          {urgent.length === 0 ? null : (
            <Chip look={{ kind: 'red', glyph: 'oct', word: counted(urgent.length, 'critical alert') }} />
          )}
          {windows === 0 ? null : (
            <Chip look={{ kind: 'yellow', glyph: 'clk', word: counted(windows, 'window') }} />
          )}
          {mine - windows <= 0 ? null : (
            <Chip look={{ kind: 'yellow', glyph: 'hold', word: counted(mine - windows, 'request') }} />
          )}
        </>
      }
      right={
        <>
          {mine === 0 ? null : (
            <span className="hide-m">
              <kbd>J</kbd> <kbd>K</kbd> move <kbd>Enter</kbd> open
            </span>
          )}
          <Link to="/approvals" search={{ view: 'all' }}>
            All approvals
          </Link>
        </>
      }
    >
      {urgent.length === 0 ? null : (
        <ul className="lines" style={needCols}>
          {urgent.map((alert) => (
            <Urgent key={alert.id} alert={alert} />
          ))}
        </ul>
      )}
      <Loaded query={inbox} what="what waits">
        {({ items }) =>
          items.length === 0 ? (
            <Empty>
              <b>No request waits for you.</b>{' '}
              {others === 0
                ? 'New requests appear here, with what happens if nobody answers.'
                : `${counted(others, 'request')} ${others === 1 ? 'waits' : 'wait'} for others.`}
            </Empty>
          ) : (
            <Needs items={items} />
          )
        }
      </Loaded>
      <NeedsFigures />
    </Card>
  );
};
