import type { ReactElement } from 'react';
import { call } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { ConfirmButton } from '../ui/ConfirmButton.js';
import { ActionButton, Problem } from '../ui/parts.js';
import type { Bundle } from './api.js';

/** What ends or begins the life of a draft: a person adopts it, or it is deleted. */
export const DraftActs = ({ bundle }: { readonly bundle: Bundle }): ReactElement | null => {
  const { id, version, revision, bundle_hash } = bundle;
  const missing = useMissingScope('POLICY_WRITE');
  const adopt = useSend(
    (_sent: undefined) =>
      call('post', '/api/v1/policy/bundles/{id}/adopt', { path: { id }, body: { bundle_hash } }),
    ['bundles'],
    `${version} was adopted.`,
  );
  const remove = useSend(
    (_sent: undefined) => call('delete', '/api/v1/policy/bundles/{id}', { path: { id }, revision }),
    ['bundles'],
    `${version} was removed.`,
  );
  return bundle.status !== 'draft' ? null : (
    <>
      {' '}
      {bundle.created_by.startsWith('person:') ? null : (
        <ActionButton
          size="sm"
          label={`Adopt ${version}`}
          off={missing}
          sending={adopt.isPending}
          onAct={() => adopt.mutate(undefined)}
        >
          Adopt
        </ActionButton>
      )}{' '}
      <ConfirmButton
        size="sm"
        variant="danger"
        label={`Delete ${version}…`}
        confirmLabel={`Yes, delete ${version}`}
        off={missing}
        sending={remove.isPending}
        confirm="Yes, delete it"
        onAct={() => remove.mutate(undefined)}
      >
        Delete…
      </ConfirmButton>
      {adopt.isError ? <Problem error={adopt.error} what="nobody adopted it" /> : null}
      {remove.isError ? <Problem error={remove.error} what="it stays" /> : null}
    </>
  );
};
