import type { UseQueryResult } from '@tanstack/react-query';
import type { Scope } from '@interlock/contracts';
import { useState, type ReactElement, type ReactNode } from 'react';
import { useSend } from '../../api/send.js';
import { useMissingScope } from '../../api/session.js';
import { Act, Card, Loaded } from '../../ui/parts.js';
import { DocumentForm, type Written } from './DocumentForm.js';

/** A setting in words, and its change as a JSON document with a reason. */
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
  /** The scope that a change needs. */
  readonly scope: Scope;
  /** The members that a person may change. */
  readonly documentOf: (data: T) => object;
  readonly put: (data: T, written: Written) => Promise<unknown>;
  /** The first parts of the query keys that a change makes old. */
  readonly keys: readonly string[];
  readonly children: (data: T) => ReactNode;
}): ReactElement => {
  const missing = useMissingScope(scope);
  /** The setting as it was when the change was begun. */
  const [editing, setEditing] = useState<T | undefined>();
  const send = useSend(
    ({ data, written }: { readonly data: T; readonly written: Written }) => put(data, written),
    keys,
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
          <Act
            size="sm"
            off={missing ?? (query.data === undefined ? 'It is being read' : undefined)}
            onAct={() => {
              setEditing(query.data);
            }}
          >
            Change {what}…
          </Act>
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
          onSend={(written) => {
            send.mutate({ data: editing, written }, { onSuccess: leave });
          }}
          onLeave={leave}
        />
      )}
    </>
  );
};
