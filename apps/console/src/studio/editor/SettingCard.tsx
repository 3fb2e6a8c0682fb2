import type { UseQueryResult } from '@tanstack/react-query';
import type { Scope } from '@interlock/contracts';
import { useState, type ReactElement, type ReactNode } from 'react';
import { useSend } from '../../api/send.js';
import { useMissingScope } from '../../api/session.js';
import { ActionButton, Card, Loaded } from '../../ui/parts.js';
import { DocumentForm, type Written } from './DocumentForm.js';

/** The card of a setting. A user changes it as a JSON document with a reason. */
export const SettingCard = <T,>({
  title,
  className,
  query,
  scope,
  documentOf,
  put,
  keys,
  children,
}: {
  readonly title: string;
  readonly className?: string;
  readonly query: UseQueryResult<T>;
  /** The scope that a change requires. */
  readonly scope: Scope;
  /** Returns the members that a user may change. */
  readonly documentOf: (data: T) => object;
  readonly put: (data: T, written: Written) => Promise<unknown>;
  /** The first parts of the query keys that a change makes stale. */
  readonly keys: readonly string[];
  readonly children: (data: T) => ReactNode;
}): ReactElement => {
  const missing = useMissingScope(scope);
  /** The setting at the time when the user began to edit. */
  const [editing, setEditing] = useState<T | undefined>();
  const send = useSend(
    ({ data, written }: { readonly data: T; readonly written: Written }) => put(data, written),
    keys,
    `${title} saved.`,
  );
  const what = title.toLowerCase();
  const leave = (): void => {
    setEditing(undefined);
    send.reset();
  };
  return (
    <>
      <Card
        title={title}
        {...(className === undefined ? {} : { className })}
        right={
          <ActionButton
            size="sm"
            off={missing ?? (query.data === undefined ? 'Still loading' : undefined)}
            onAct={() => setEditing(query.data)}
          >
            Change {what}…
          </ActionButton>
        }
      >
        <Loaded query={query} rows={3} what={what}>
          {children}
        </Loaded>
      </Card>
      {editing === undefined ? null : (
        <DocumentForm
          title={`Change ${what}`}
          label={`${title} as JSON`}
          document={JSON.stringify(documentOf(editing), null, 2)}
          act={`Save ${what}`}
          off={missing}
          send={send}
          onSend={(written) => send.mutate({ data: editing, written }, { onSuccess: leave })}
          onLeave={leave}
        />
      )}
    </>
  );
};
