import type { UseMutationResult } from '@tanstack/react-query';
import { lazy, Suspense, useState, type ReactElement, type ReactNode } from 'react';
import { Field } from '../../ui/forms/Field.js';
import { objectIn } from '../../ui/forms/object-in.js';
import { ActionButton, Card, Problem, Skeleton } from '../../ui/parts.js';

const JsonEditor = lazy(async () => ({ default: (await import('./JsonEditor.js')).JsonEditor }));

const none: readonly never[] = [];
const nothing = (): void => undefined;

/** A document that the user wrote, with the reason for it. */
export type Written = { readonly content: object; readonly reason: string };

/**
 * A setting as a JSON document in the studio's editor, with the reason for its change. The server
 * checks it, and every violation that it names is shown.
 */
export const DocumentForm = ({
  title,
  label,
  document,
  isNew = false,
  act,
  off: missing,
  fields = none,
  send,
  onSend,
  onLeave,
  children,
}: {
  readonly title: string;
  /** The accessible name of the text. */
  readonly label: string;
  /** The initial text. */
  readonly document: string;
  /** True if the initial text may be sent unchanged. */
  readonly isNew?: boolean;
  readonly act: string;
  readonly off: string | undefined;
  /** The fields that the editor completes. */
  readonly fields?: readonly string[];
  readonly send: Pick<UseMutationResult<unknown, Error, never>, 'isPending' | 'isError' | 'error'>;
  readonly onSend: (written: Written) => void;
  readonly onLeave: () => void;
  /** Further inputs above the document. */
  readonly children?: ReactNode;
}): ReactElement => {
  const [text, setText] = useState(document);
  const [given, setReason] = useState('');
  const content = objectIn(text);
  const reason = given.trim();
  const off =
    missing ??
    (content === undefined ? 'The text must be a JSON object' : undefined) ??
    (!isNew && text === document ? 'Nothing has changed yet' : undefined) ??
    (reason === '' ? 'Give a reason. The log keeps it' : undefined);
  const save = (): void => {
    if (off === undefined && content !== undefined && !send.isPending) onSend({ content, reason });
  };
  return (
    <Card title={title}>
      <form className="b fm" onSubmit={(event) => event.preventDefault()}>
        {children}
        <div className="card" style={{ display: 'flex', height: 300 }}>
          <Suspense fallback={<Skeleton rows={6} />}>
            <JsonEditor
              label={label}
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
        <Field label="Reason" value={given} maxLength={2000} onText={setReason} />
        <div className="row wrap">
          <ActionButton variant="filled" off={off} showReason sending={send.isPending} onAct={save}>
            {act}
          </ActionButton>
          <ActionButton always onAct={onLeave}>
            Go back
          </ActionButton>
        </div>
        {send.isError ? <Problem error={send.error} what="nothing was changed" /> : null}
      </form>
    </Card>
  );
};
