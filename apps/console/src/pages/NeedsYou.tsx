import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, type ReactElement } from 'react';
import { deadlineOf, openWindow, titleOf, whyOf } from '../action/words.js';
import { actionsQuery, type Action } from '../api/queries.js';
import { useMissingScope } from '../api/session.js';
import { counted } from '../format.js';
import { Countdown } from '../ui/countdown.js';
import { Glyph } from '../ui/glyphs.js';
import { Card, Empty, Foreign, Loaded } from '../ui/parts.js';
import { Chip } from '../ui/states.js';
import { NeedsFigures } from '../overview/NeedsFigures.js';
import { Steady } from '../ui/Steady.js';

const Need = ({ action }: { readonly action: Action }): ReactElement => {
  const deadline = deadlineOf(action);
  const window = openWindow(action) !== null;
  return (
    <li className="need">
      <Glyph name={window ? 'clk' : 'hold'} kind="yellow" size={16} />
      <div>
        <div className="t">
          {titleOf(action)} <Foreign text={action.entity_id} />
        </div>
        <div className="why long iso">{whyOf(action)}</div>
      </div>
      {deadline === undefined ? <span /> : <Countdown key={deadline.due} {...deadline} />}
      <div className="acts">
        <Link
          to="/approvals"
          search={{ id: action.action_id }}
          className="btn pri"
          aria-label={`Review ${titleOf(action)} ${action.entity_id}`}
        >
          Review
        </Link>
      </div>
    </li>
  );
};

/** What waits for a person, and what happens if nobody answers. */
export const NeedsYou = (): ReactElement => {
  const windows = useQuery(actionsQuery({ state: 'AWAITING_CONFIRMATION' }));
  const approvals = useQuery(actionsQuery({ state: 'AWAITING_APPROVAL' }));
  const missing = useMissingScope('AUTONOMOUS_APPROVE');
  const now = useMemo(
    () => [...(windows.data?.items ?? []), ...(approvals.data?.items ?? [])],
    [windows.data, approvals.data],
  );
  return (
    <Card
      title="Needs you"
      className="o1"
      extra={
        <>
          {windows.data?.items.length ? (
            <Chip
              look={{ kind: 'yellow', glyph: 'clk', word: counted(windows.data.items.length, 'window') }}
            />
          ) : null}
          {approvals.data?.items.length ? (
            <Chip
              look={{ kind: 'yellow', glyph: 'hold', word: counted(approvals.data.items.length, 'approval') }}
            />
          ) : null}
        </>
      }
      right={<Link to="/approvals">All approvals</Link>}
    >
      <Loaded query={windows} what="windows">
        {() => (
          <Loaded query={approvals} what="approvals">
            {() =>
              now.length === 0 ? (
                <Empty>
                  <b>No action waits for a person.</b> What does will stand here, with what happens if nobody
                  answers.
                </Empty>
              ) : (
                <Steady now={now}>
                  {(shown) => (
                    <ul>
                      {shown.map((action) => (
                        <Need key={action.action_id} action={action} />
                      ))}
                    </ul>
                  )}
                </Steady>
              )
            }
          </Loaded>
        )}
      </Loaded>
      <NeedsFigures />
      {missing === undefined ? null : <p className="note xs">You can look, not decide. {missing}.</p>}
    </Card>
  );
};
