import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { Schema } from '@interlock/api-types';
import { call } from '../../api/client.js';
import { changeQuery } from '../../api/queries.js';
import { useSend } from '../../api/send.js';
import { useMissingScope } from '../../api/session.js';
import { ActionButton, Card, UntrustedText, Head, Loaded, Problem, Time } from '../../ui/parts.js';
import { ReasonAct } from '../../ui/dialogs/ReasonAct.js';

type Change = Schema<'ChangeDto'>;

/** The longest time in seconds that the service accepts. */
const longestBreakGlassSeconds = 3600;

const route = getRouteApi('/shell/changes/$id');
const keys = ['change', 'inbox', 'autonomy'];

const words: { readonly [status in Change['status']]: string } = {
  open: 'Nothing has changed yet',
  approved: 'Approved; it is being applied',
  applied: 'Applied',
  ended: 'Ended; the previous setting is in force again',
  rejected: 'Rejected; nothing has changed',
  expired: 'Expired; nothing has changed',
  void: 'Void: the setting has changed since the request; nothing was applied',
};

/** Says who must approve the change. */
const neededOf = ({ required_people: people, approved_by: approved }: Change): string =>
  people === 1
    ? 'One person is enough. Confirm that you have read it.'
    : `${people} people are needed, ${approved.length} ${approved.length === 1 ? 'has' : 'have'} approved; nobody approves their own request.`;

/** Approves the change by the digest that is shown, or rejects it with a reason. */
const Decide = ({ change }: { readonly change: Change }): ReactElement => {
  const missing = useMissingScope(change.scope, 'AUTONOMOUS_APPROVE');
  const missingOwn = useMissingScope(change.scope);
  const { change_id: id, digest } = change;
  const approve = useSend(
    (_sent: undefined) => call('post', '/api/v1/changes/{id}/approve', { path: { id }, body: { digest } }),
    keys,
  );
  const reject = useSend(
    (reason: string) => call('post', '/api/v1/changes/{id}/reject', { path: { id }, body: { reason } }),
    keys,
    'The change was rejected.',
  );
  const glass = useSend(
    (reason: string) =>
      call('post', '/api/v1/changes/{id}/break-glass', {
        path: { id },
        body: { digest, reason, seconds: longestBreakGlassSeconds },
      }),
    keys,
  );
  return (
    <>
      <div className="row wrap">
        <ActionButton off={missing} sending={approve.isPending} onAct={() => approve.mutate(undefined)}>
          {change.required_people === 1 ? 'Confirm' : 'Approve'}
        </ActionButton>
        <ReasonAct
          label="Reject…"
          size="md"
          off={missing}
          title="Reject the change"
          act="Reject"
          send={reject}
        />
        {change.can_break_glass && change.required_people > 1 ? (
          <ReasonAct
            label="Break the glass…"
            size="md"
            off={missingOwn}
            title="Apply the change alone, for an hour"
            act="Break the glass"
            danger
            send={glass}
          >
            <p>
              The change takes effect at once. Everyone is alerted, an incident opens, and the change stays in
              the list of overrides. After an hour the previous setting is restored.
            </p>
          </ReasonAct>
        ) : null}
      </div>
      {approve.isError ? <Problem error={approve.error} /> : null}
    </>
  );
};

const Body = ({ change }: { readonly change: Change }): ReactElement => (
  <Card title="Loosened guards">
    <div className="b col" style={{ gap: 12 }}>
      <p role="status">{words[change.status]}</p>
      <ul>
        {change.loosened.map(({ pointer, detail }) => (
          <li key={`${pointer} ${detail}`}>
            <UntrustedText text={pointer} whole /> {detail}
          </li>
        ))}
      </ul>
      <p className="muted">
        <UntrustedText whole text={change.setting} />, requested <Time at={change.requested_at} /> by{' '}
        <UntrustedText whole text={change.requester} />
      </p>
      {change.break_glass === null ? null : (
        <p>
          One person broke the glass, until <Time at={change.break_glass.until} />:{' '}
          <UntrustedText whole text={change.break_glass.reason} />
        </p>
      )}
      {change.solo ? (
        <p>
          <span className="tag">Solo</span> One person alone is responsible for it.
        </p>
      ) : null}
      {change.why === null ? null : (
        <p>
          Reason: <UntrustedText whole text={change.why} />
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

/** One change request, which a person reads and then approves or rejects. */
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
