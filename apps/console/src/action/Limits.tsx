import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useMissingScope } from '../api/session.js';
import type { Action } from '../api/types.js';
import { earnedQuery } from '../autonomy/queries.js';
import { plainValue, sentence } from '../format.js';
import { Card } from '../ui/parts.js';
import { axisOf } from './axis.js';
import { limitsOf, needText, type Limit } from './limits.js';
import { pipeline } from './words.js';

type MarkerProps = {
  readonly is: number;
  readonly bound: number;
  readonly op: string;
};
/**
 * The figure as a marker against its limit. The side of the limit that would have passed is filled.
 */
const Marker = ({ is, bound, op }: MarkerProps): ReactElement => {
  const place = axisOf([is, bound]);
  const below = op.startsWith('<');
  return (
    <svg viewBox="0 0 1000 24" preserveAspectRatio="none" height="24" width="100%" aria-hidden="true">
      <path d="M0 12H1000" stroke="var(--line)" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
      <rect
        x={below ? 0 : place(bound)}
        y="8"
        width={below ? place(bound) : 1000 - place(bound)}
        height="8"
        rx="2"
        fill="var(--green-bg)"
      />
      <path
        d={`M${place(bound)} 3V21`}
        stroke="var(--red)"
        strokeWidth="2"
        strokeDasharray="3 2"
        vectorEffect="non-scaling-stroke"
      />
      <path d={`M${place(is)} 5V19`} stroke="var(--text)" strokeWidth="5" vectorEffect="non-scaling-stroke" />
    </svg>
  );
};

const Row = ({ limit }: { readonly limit: Limit }): ReactElement => {
  const { gate, figure, is, op, value, by } = limit;
  return (
    <li className="col" style={{ gap: 3, padding: '5px 0' }}>
      <div className="row wrap">
        <b>{sentence(figure.replace('parameters.', ''))}</b>
        <span className="mono">{plainValue(is)}</span>
        <span className="t2">{needText(limit)}</span>
        <span className="ml xs muted">
          {pipeline.find((step) => step.gate === gate)?.name ?? sentence(gate)}
          {by === undefined ? '' : `, ${by}`}
        </span>
      </div>
      {typeof is === 'number' && typeof value === 'number' ? <Marker is={is} bound={value} op={op} /> : null}
    </li>
  );
};

/** How the past actions of the same account and type ended. Only administrators may read it. */
const Like = ({ action }: { readonly action: Action }): ReactElement | null => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const { data } = useQuery({ ...earnedQuery(), enabled: missing === undefined });
  const figures = data?.items.find(
    ({ account_id: account, action_type: type }) =>
      account === action.account_id && type === action.action_type,
  )?.figures;
  return figures === undefined ? null : (
    <p className="b sm t2">
      Like it, of this account and type: {figures.approved} approved, {figures.not_approved} not approved;{' '}
      {figures.good} ended well, {figures.bad} did not.
    </p>
  );
};

/**
 * The smallest changes that would have made the action automatic, each as a marker against its
 * limit. A change without a figure is shown in the server's words.
 */
export const Limits = ({ action }: { readonly action: Action }): ReactElement | null => {
  const limits = limitsOf(action);
  const words = action.approval?.smallest_change ?? action.window?.smallest_change ?? [];
  if (limits.length === 0 && words.length === 0) return null;
  return (
    <Card
      title={
        action.state === 'DENIED' ? 'What would have let it through' : 'What would have made it automatic'
      }
      right={limits.length > 1 ? 'mark: its figure, dashed: the limit' : undefined}
    >
      <ul className="b col" style={{ gap: 9 }}>
        {limits.map((limit) => (
          <Row key={`${limit.gate}${limit.figure}${limit.by ?? ''}`} limit={limit} />
        ))}
        {words.map(({ code, detail }) => (
          <li key={`${code}${detail}`} className="long iso">
            {detail}
          </li>
        ))}
      </ul>
      {limits.length === 1 && action.state !== 'DENIED' ? (
        <p className="b sm t2">This is the smallest change. Nothing else held it.</p>
      ) : null}
      <Like action={action} />
      <p className="b sm lnk">
        <Link to="/studio" search={{ from: action.action_id }}>
          Draft a rule from this
        </Link>
      </p>
    </Card>
  );
};
