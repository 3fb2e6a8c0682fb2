import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { incidentsQuery } from '../api/queries.js';
import { useMissingScope } from '../api/session.js';
import type { Action } from '../api/types.js';
import { earnedQuery } from '../autonomy/queries.js';
import { counted, durationText, plainValue, rangeText, sentence } from '../format.js';
import { Card, Time } from '../ui/parts.js';
import { StateChip } from '../ui/states.js';
import { rollbackWords, usersOf } from './words.js';

/** The incident that the action led to. */
const Incident = ({ id }: { readonly id: string }): ReactElement | null => {
  const missing = useMissingScope('ALERT_READ');
  const { data } = useQuery({ ...incidentsQuery(), enabled: missing === undefined });
  const incident = data?.items.find(({ action_id: of }) => of === id);
  return incident === undefined ? null : (
    <>
      <dt>Incident</dt>
      <dd>
        <Link to="/alerts" search={{ id: incident.id }}>
          {incident.name}
        </Link>
        , {incident.severity}, {incident.status}
      </dd>
    </>
  );
};

/** How the outcome counts for the autonomy of the account. Only administrators may read it. */
const Autonomy = ({ action }: { readonly action: Action }): ReactElement | null => {
  const missing = useMissingScope('AUTONOMY_ADMIN');
  const { data } = useQuery({ ...earnedQuery(), enabled: missing === undefined });
  const cell = data?.items.find(
    ({ account_id: account, action_type: type }) =>
      account === action.account_id && type === action.action_type,
  );
  return cell === undefined ? null : (
    <>
      <dt>Autonomy</dt>
      <dd className="long iso">{cell.explanation}</dd>
    </>
  );
};

/** Returns a text with its first letter as a capital. */
const beginning = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const endWords: { readonly [S in Action['state']]?: string } = {
  COMPLETED: 'Completed',
  ROLLED_BACK: 'Taken back',
  ROLLBACK_FAILED: 'Taking back failed',
  DENIED: 'Denied',
  REJECTED: 'Rejected',
  EXPIRED: 'Expired',
  CANCELLED: 'Cancelled',
};

const titleOf = ({ state, accepted_at: from, ended_at: to }: Action): string => {
  const word = endWords[state] ?? 'Outcome';
  return from === null || to === null
    ? word
    : `${word} after ${durationText(Date.parse(to) - Date.parse(from))}`;
};

/** How an action ended: its cause, whom it touched, and what it led to. */
export const Outcome = ({ action }: { readonly action: Action }): ReactElement | null => {
  if (action.ended_at === null) return null;
  const impact = action.validation_result?.impact_delta;
  const predicted = action.validation_result?.predicted_interval;
  const users = usersOf(action);
  const back = action.state === 'ROLLED_BACK';
  const causes = action.observation?.breaches ?? [];
  return (
    <Card title={titleOf(action)} extra={<StateChip state={action.state} />}>
      <div className="b col" style={{ gap: 8 }}>
        {causes.length === 0 || action.state === 'COMPLETED' ? null : (
          <p className="long iso">
            {beginning(causes.map(({ detail }) => detail).join('; '))}.{' '}
            {back ? 'The tentative change was cancelled.' : ''}
          </p>
        )}
        <dl className="kv">
          <dt>Ended</dt>
          <dd>
            <Time at={action.ended_at} zoned />
          </dd>
          {users === undefined ? null : (
            <>
              <dt>Users affected</dt>
              <dd>{counted(users, 'user')} by the estimate</dd>
            </>
          )}
          {impact === null || impact === undefined ? null : (
            <>
              <dt>Impact expected</dt>
              <dd>
                {plainValue(impact)}
                {Array.isArray(predicted)
                  ? `, within ${rangeText(Number(predicted[0]), Number(predicted[1]))}`
                  : ''}
              </dd>
            </>
          )}
          {back ? (
            <>
              <dt>Undo</dt>
              <dd>commit cancelled, read back as before</dd>
            </>
          ) : null}
          {action.stays_until === null ? null : (
            <>
              <dt>Stays until</dt>
              <dd>
                <Time at={action.stays_until} zoned />, then it is undone
              </dd>
            </>
          )}
          {action.rollback === null ? null : (
            <>
              <dt>Rollback</dt>
              <dd className="long iso">{rollbackWords(action.rollback, action.state)}</dd>
            </>
          )}
          <Autonomy action={action} />
          <Incident id={action.action_id} />
          {action.comments.map(({ on, by, at, comment }) => (
            <div key={`${at}${on}`} style={{ display: 'contents' }}>
              <dt>{sentence(on)}</dt>
              <dd>
                <bdi>{comment}</bdi> <span className="muted">{by}</span>
              </dd>
            </div>
          ))}
        </dl>
        <p className="sm lnk">
          <Link to="/audit" search={{ stream: `action-${action.tenant_id}:${action.action_id}` }}>
            Verify and run the decision again
          </Link>
        </p>
      </div>
    </Card>
  );
};
