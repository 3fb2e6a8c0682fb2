import { Link } from '@tanstack/react-router';
import type { CSSProperties, ReactElement, ReactNode } from 'react';
import { approvalsSearchIn } from '../action/approvals-search.js';
import type { InboxItem } from '../api/queries.js';
import { sentence } from '../format.js';
import { Countdown } from './countdown.js';
import type { GlyphName } from './kinds.js';

/** Returns a unique key for an item of the inbox. */
export const inboxIdOf = ({ kind, id }: Pick<InboxItem, 'kind' | 'id'>): string => `${kind} ${id}`;

/** Returns whether an item is an action, which is decided on the page of approvals. */
export const isAction = ({ kind }: Pick<InboxItem, 'kind'>): boolean =>
  kind === 'window' || kind === 'approval';

export const inboxGlyph = ({ kind }: Pick<InboxItem, 'kind'>): GlyphName =>
  kind === 'window' ? 'clk' : 'hold';

/** The word before the title of an item, by kind. */
const words: { readonly [K in InboxItem['kind']]: string } = {
  window: '',
  approval: '',
  plan: 'Plan',
  bundle: '',
  step_up: 'Step up',
  threshold: 'Lower threshold',
  kill_switch: 'Kill switch',
  brake: '',
  trust_lock: '',
  change: 'Change of',
};

/**
 * Returns the title of an item: "Cell failover", "Plan Four sites". The subject is shown beside it.
 */
export const inboxTitle = ({ kind, title }: Pick<InboxItem, 'kind' | 'title'>): string => {
  const word = words[kind];
  if (kind === 'window' || kind === 'approval') return sentence(title);
  return word === ''
    ? title
    : `${word} ${kind === 'threshold' || kind === 'kill_switch' ? sentence(title).toLowerCase() : title}`;
};

type InboxLinkProps = {
  readonly item: InboxItem;
  readonly children: ReactNode;
  readonly className?: string;
  readonly style?: CSSProperties;
  readonly 'aria-label'?: string;
  readonly 'data-row'?: boolean;
  readonly 'aria-current'?: 'true' | undefined;
};
/** Links to the page where the item is decided. */
export const InboxLink = ({ item, children, ...rest }: InboxLinkProps): ReactElement => {
  const { kind, id } = item;
  switch (kind) {
    case 'change':
      return (
        <Link to="/changes/$id" params={{ id }} {...rest}>
          {children}
        </Link>
      );
    case 'window':
    case 'approval':
      return (
        <Link to="/approvals" search={(old) => ({ ...approvalsSearchIn(old), id })} {...rest}>
          {children}
        </Link>
      );
    case 'plan':
      return (
        <Link to="/plans/$id" params={{ id }} {...rest}>
          {children}
        </Link>
      );
    case 'bundle':
      return (
        <Link to="/studio/$bundle/$step" params={{ bundle: id, step: 'rollout' }} {...rest}>
          {children}
        </Link>
      );
    case 'step_up':
    case 'threshold':
      return (
        <Link to="/autonomy" {...rest}>
          {children}
        </Link>
      );
    case 'kill_switch':
      return (
        <Link to="/" {...rest}>
          {children}
        </Link>
      );
    case 'brake':
    case 'trust_lock':
      return (
        <Link to="/posture" {...rest}>
          {children}
        </Link>
      );
  }
};

/** The time that is left and the event at its end. It is empty if the item does not expire. */
export const InboxCountdown = ({ item }: { readonly item: InboxItem }): ReactElement =>
  item.expires_at === null ? (
    <span />
  ) : (
    <Countdown
      key={item.expires_at}
      due={item.expires_at}
      since={item.requested_at}
      then={item.then === null ? '' : `then ${item.then}`}
    />
  );
