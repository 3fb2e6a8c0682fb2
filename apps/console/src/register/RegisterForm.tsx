import type { ReactElement, ReactNode } from 'react';
import { ActionButton, Card, Problem } from '../ui/parts.js';

/** The frame of a registration form: its fields, its button, and its error. */
export const RegisterForm = ({
  title,
  off,
  send,
  onSend,
  hint,
  children,
}: {
  readonly title: string;
  readonly off: string | undefined;
  readonly send: { readonly isPending: boolean; readonly isError: boolean; readonly error: unknown };
  readonly onSend: () => void;
  readonly hint?: string;
  readonly children: ReactNode;
}): ReactElement => (
  <Card title={title}>
    <form className="b fm" onSubmit={(event) => event.preventDefault()}>
      {children}
      <div className="row wrap">
        <ActionButton variant="filled" off={off} showReason sending={send.isPending} onAct={onSend}>
          Register
        </ActionButton>
      </div>
      {hint === undefined ? null : <p className="xs muted">{hint}</p>}
      {send.isError ? <Problem error={send.error} what="nothing was registered" /> : null}
    </form>
  </Card>
);
