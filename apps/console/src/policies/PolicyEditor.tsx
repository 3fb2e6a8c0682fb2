import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { actionTypesQuery } from '../studio/api.js';
import { DocumentForm, type Written } from '../studio/editor/DocumentForm.js';
import { declaredFields } from '../studio/fields.js';
import { Field } from '../ui/forms/Field.js';
import { createPolicy, changePolicy } from './queries.js';
import { newDocument, policyDocument, type Policy } from './policy-words.js';

type PolicyEditorProps = {
  readonly tenant: string;
  /** The policy to change; if absent, the form creates a new one. */
  readonly policy?: Policy | undefined;
  /** Receives the policy's id after it was saved, or undefined if the user leaves. */
  readonly onDone: (id: string | undefined) => void;
};
/** The form that creates a policy or its next version. */
export const PolicyEditor = ({ tenant, policy, onDone }: PolicyEditorProps): ReactElement => {
  const missing = useMissingScope('POLICY_WRITE');
  const types = useQuery(actionTypesQuery(tenant));
  const [given, setId] = useState('');
  const id = policy?.policy_id ?? given.trim();
  const send = useSend(
    ({ content, reason }: Written) =>
      policy === undefined
        ? createPolicy(tenant, { policy_id: id, ...content }, reason)
        : changePolicy(tenant, policy, content, reason),
    ['policies'],
    'The policy was saved.',
  );
  return (
    <DocumentForm
      title={policy === undefined ? 'New policy' : `Edit ${id}`}
      label="Policy as JSON"
      document={policy === undefined ? newDocument : policyDocument(policy)}
      isNew={policy === undefined}
      act={policy === undefined ? 'Create the policy' : `Save as version ${policy.version + 1}`}
      off={missing ?? (id === '' ? 'Enter an id' : undefined)}
      fields={[...declaredFields(types.data?.items ?? [])].sort()}
      send={send}
      onSend={(written) => send.mutate(written, { onSuccess: () => onDone(id) })}
      onLeave={() => onDone(undefined)}
    >
      {policy === undefined ? (
        <Field
          label="Id"
          className="mono"
          value={given}
          maxLength={63}
          placeholder="cells-guard"
          data-autofocus
          onText={setId}
        />
      ) : null}
    </DocumentForm>
  );
};
