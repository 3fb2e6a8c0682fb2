import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import type { Schema } from '@interlock/api-types';
import { call, tenantStore } from '../api/client.js';
import { changeQuery } from '../api/queries.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { Act, Card, Foreign, Head, Loaded, Problem, Time } from '../ui/parts.js';
import { ReasonDialog } from '../ui/ReasonDialog.js';

type Change = Schema<'ChangeDto'>;

/** Seconds that the service allows at most. */
const longestBreakGlassSeconds = 3600;

const route = getRouteApi('/shell/changes/$id');
const keys = ['change', 'inbox', 'autonomy'];

const words: { readonly [status in Change['status']]: string } = {
  open: 'Nothing has changed yet',
  approved: 'Approved; it is being applied',
  applied: 'Applied',
  ended: 'Ended; what held before is in force again',
  rejected: 'Rejected; nothing has changed',
  expired: 'Expired; nothing has changed',
  void: 'Void, because the setting has changed since; nothing was applied',
};

/** Who must approve, in words. */
const neededOf = ({ required_people: people, approved_by: approved }: Change): string =>
  people === 1
    ? 'One person suffices: confirm what you have read.'
    : `${people} people are needed, ${approved.length} ${approved.length === 1 ? 'has' : 'have'} approved; nobody approves their own request.`;

/** Approves by the digest that is shown, or rejects with a reason. */
const Decide = ({ change }: { readonly change: Change }): ReactElement => {
  const [rejecting, setRejecting] = useState(false);
  const [breaking, setBreaking] = useState(false);
  const missing = useMissingScope(change.scope, 'AUTONOMOUS_APPROVE');
  const missingOwn = useMissingScope(change.scope);
  const { change_id: id, digest } = change;
  const approve = useSend(
    (_sent: undefined) =>
      call('post', '/api/v1/changes/{id}/approve', {
        tenant: tenantStore.get(),
        path: { id },
        body: { digest },
      }),
    keys,
  );
  const reject = useSend(
    (reason: string) =>
      call('post', '/api/v1/changes/{id}/reject', {
        tenant: tenantStore.get(),
        path: { id },
        body: { reason },
      }),
    keys,
  );
  const glass = useSend(
    (reason: string) =>
      call('post', '/api/v1/changes/{id}/break-glass', {
        tenant: tenantStore.get(),
        path: { id },
        body: { digest, reason, seconds: longestBreakGlassSeconds },
      }),
    keys,
  );
  return (
    <>
      <div className="row wrap">
        <Act
          off={missing}
          sending={approve.isPending}
          onAct={() => {
            approve.mutate(undefined);
          }}
        >
          {change.required_people === 1 ? 'Confirm' : 'Approve'}
        </Act>
        <Act
          variant="default"
          off={missing}
          onAct={() => {
            setRejecting(true);
          }}
        >
          Reject…
        </Act>
        {change.can_break_glass && change.required_people > 1 ? (
          <Act
            variant="default"
            off={missingOwn}
            onAct={() => {
              setBreaking(true);
            }}
          >
            Break the glass…
          </Act>
        ) : null}
      </div>
      {approve.isError ? <Problem error={approve.error} /> : null}
      <ReasonDialog
        opened={rejecting}
        title="Reject the change"
        act="Reject"
        send={reject}
        onClose={() => {
          setRejecting(false);
        }}
        onSend={(reason) => {
          reject.mutate(reason, {
            onSuccess: () => {
              setRejecting(false);
            },
          });
        }}
      />
      <ReasonDialog
        opened={breaking}
        title="Apply the change alone, for an hour"
        act="Break the glass"
        danger
        send={glass}
        onClose={() => {
          setBreaking(false);
        }}
        onSend={(reason) => {
          glass.mutate(reason, {
            onSuccess: () => {
              setBreaking(false);
            },
          });
        }}
      >
        <p>
          It is applied at once. Everybody is alerted, an incident is opened, and it stays in the list of
          overrides. After an hour what held before is in force again.
        </p>
      </ReasonDialog>
    </>
  );
};

const Body = ({ change }: { readonly change: Change }): ReactElement => (
  <Card title="What loosens">
    <div className="b col" style={{ gap: 12 }}>
      <p role="status">{words[change.status]}</p>
      <ul>
        {change.loosened.map(({ pointer, detail }) => (
          <li key={`${pointer} ${detail}`}>
            <Foreign text={pointer} /> {detail}
          </li>
        ))}
      </ul>
      <p className="muted">
        <Foreign text={change.setting} />, requested <Time at={change.requested_at} /> by{' '}
        <Foreign text={change.requester} />
      </p>
      {change.break_glass === null ? null : (
        <p>
          One person broke the glass, until <Time at={change.break_glass.until} />:{' '}
          <Foreign text={change.break_glass.reason} />
        </p>
      )}
      {change.solo ? (
        <p>
          <span className="tag">Solo</span> One person alone stands for it.
        </p>
      ) : null}
      {change.why === null ? null : (
        <p>
          Because: <Foreign text={change.why} />
        </p>
      )}
      {change.status === 'open' ? (
        <>
          <p>
            {neededOf(change)} It expires <Time at={change.expires_at} />.
          </p>
          <p className="muted sm">
            digest <code>{change.digest}</code>
          </p>
          <Decide change={change} />
        </>
      ) : null}
    </div>
  </Card>
);

/** One change request, which a person reads and approves. */
export const ChangePage = (): ReactElement => {
  const { id } = route.useParams();
  const change = useQuery(changeQuery(id));
  return (
    <>
      <Head title="Change request" />
      <Loaded query={change}>{(known) => <Body change={known} />}</Loaded>
    </>
  );
};
