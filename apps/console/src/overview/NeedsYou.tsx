import { Box, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef, type ReactElement } from 'react';
import { inboxQuery, type InboxItem } from '../api/queries.js';
import { counted, sentence } from '../format.js';
import { NeedsFigures } from './NeedsFigures.js';
import { cols } from '../ui/Columns.js';
import { Glyph } from '../ui/glyphs.js';
import { InboxCountdown, inboxGlyph, inboxIdOf, InboxLink, inboxTitle } from '../ui/inbox.js';
import { More } from '../ui/More.js';
import { Card, Empty, Foreign, Loaded } from '../ui/parts.js';
import { Chip } from '../ui/states.js';
import { useHeld } from '../ui/useHeld.js';
import css from './overview.module.css';
import { cx } from '../ui/cx.js';

const Need = ({ item }: { readonly item: InboxItem }): ReactElement => (
  <li>
    <Glyph name={inboxGlyph(item)} kind="yellow" size={16} />
    <div>
      <Box fw={600} fz="md">
        {inboxTitle(item)} {item.subject === null ? null : <Foreign text={item.subject} />}
      </Box>
      <div className={cx(css['why'], 'long iso')}>{item.why ?? `${sentence(item.asks)}.`}</div>
    </div>
    <InboxCountdown item={item} />
    <Box className="all-m" fz={{ base: 14, sm: 13 }}>
      <Button
        component={InboxLink}
        item={item}
        variant="filled"
        fullWidth
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
 * What the person who looks may decide on, and what happens if nobody answers; how much more waits
 * for others.
 */
export const NeedsYou = (): ReactElement => {
  const inbox = useQuery(inboxQuery('mine'));
  const mine = inbox.data?.mine ?? 0;
  const others = (inbox.data?.all ?? 0) - mine;
  return (
    <Card
      title={inbox.data !== undefined && mine === 0 ? 'Nothing needs you' : 'Needs you'}
      className="o1"
      extra={
        mine === 0 ? null : <Chip look={{ kind: 'yellow', glyph: 'hold', word: counted(mine, 'request') }} />
      }
      right={
        <Link to="/approvals" search={{ view: 'all' }}>
          All approvals
        </Link>
      }
    >
      <Loaded query={inbox} what="what waits">
        {({ items }) =>
          items.length === 0 ? (
            <Empty>
              <b>Nothing waits for you.</b>{' '}
              {others === 0
                ? 'What does will stand here, with what happens if nobody answers.'
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
