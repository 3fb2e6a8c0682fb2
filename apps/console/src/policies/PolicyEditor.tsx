import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState, type ReactElement } from 'react';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { actionTypesQuery } from '../studio/api.js';
import { declaredFields } from '../studio/fields.js';
import { Field } from '../ui/Field.js';
import { Act, Card, Problem, Skeleton } from '../ui/parts.js';
import { createPolicy, changePolicy } from './queries.js';
import { newDocument, objectIn, policyDocument, type Policy } from './policy-words.js';

const JsonEditor = lazy(async () => ({
  default: (await import('../studio/editor/JsonEditor.js')).JsonEditor,
}));

const none: readonly never[] = [];
const nothing = (): void => undefined;

/**
 * Writes a policy as JSON, in the studio's editor: a new one, or the next version of one. The
 * server checks it and names every violation.
 */
export const PolicyEditor = ({
  tenant,
  policy,
  onDone,
}: {
  readonly tenant: string;
  /** The policy that is changed; without one, a new policy is made. */
  readonly policy?: Policy | undefined;
  /** Called with the policy's id once it is written, and with nothing where the person leaves. */
  readonly onDone: (id: string | undefined) => void;
}): ReactElement => {
  const missing = useMissingScope('POLICY_WRITE');
  const [id, setId] = useState('');
  const [text, setText] = useState(() => (policy === undefined ? newDocument : policyDocument(policy)));
  const [reason, setReason] = useState('');
  const types = useQuery(actionTypesQuery(tenant));
  const fields = [...declaredFields(types.data?.items ?? [])].sort();
  const content = objectIn(text);
  const send = useSend(
    (sent: object) =>
      policy === undefined
        ? createPolicy(tenant, { policy_id: id.trim(), ...sent }, reason.trim())
        : changePolicy(tenant, policy, sent, reason.trim()),
    ['policies'],
  );
  const off =
    missing ??
    (policy === undefined && id.trim() === '' ? 'Give it an id' : undefined) ??
    (content === undefined ? 'The text is not one JSON object' : undefined) ??
    (policy !== undefined && text === policyDocument(policy) ? 'Nothing is changed yet' : undefined) ??
    (reason.trim() === '' ? 'Say why: it is kept in the log' : undefined);
  const save = (): void => {
    if (off === undefined && content !== undefined && !send.isPending)
      send.mutate(content, {
        onSuccess: () => {
          onDone(policy?.policy_id ?? id.trim());
        },
      });
  };
  return (
    <Card title={policy === undefined ? 'New policy' : `Edit ${policy.policy_id}`}>
      <form
        className="b fm"
        onSubmit={(event) => {
          event.preventDefault();
        }}
      >
        {policy === undefined ? (
          <Field
            label="Id"
            className="mono"
            value={id}
            maxLength={63}
            placeholder="cells-guard"
            data-autofocus
            onText={setId}
          />
        ) : null}
        <div className="card" style={{ display: 'flex', height: 300 }}>
          <Suspense fallback={<Skeleton rows={6} />}>
            <JsonEditor
              label="Policy as JSON"
              text={text}
              onText={setText}
              onCursor={nothing}
              findings={none}
              shown={none}
              chosen={undefined}
              changedLines={none}
              reveal={undefined}
              readOnly={false}
              vocabulary={{ fields, actions: none, agents: none }}
              keys={{ save, simulate: nothing, next: nothing, fix: nothing }}
            />
          </Suspense>
        </div>
        <Field label="Reason" value={reason} maxLength={2000} onText={setReason} />
        <div className="row wrap">
          <Act variant="filled" off={off} showReason sending={send.isPending} onAct={save}>
            {policy === undefined ? 'Create the policy' : `Save as version ${policy.version + 1}`}
          </Act>
          <Act
            always
            onAct={() => {
              onDone(undefined);
            }}
          >
            Leave it
          </Act>
        </div>
        {send.isError ? <Problem error={send.error} what="nothing was changed" /> : null}
      </form>
    </Card>
  );
};
