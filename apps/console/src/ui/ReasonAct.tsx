import type { UseMutationResult } from '@tanstack/react-query';
import { useState, type ReactElement, type ReactNode } from 'react';
import { Act } from './parts.js';
import { ReasonDialog } from './ReasonDialog.js';

/** A button whose dialog asks for a reason, sends it, and closes once the server has taken it. */
export const ReasonAct = <T,>({
  label,
  title,
  act,
  send,
  off,
  children,
  ...look
}: {
  /** The words of the button. */
  readonly label: string;
  /** The heading of the dialog. */
  readonly title: string;
  /** The words of the button that sends. */
  readonly act: string;
  readonly send: UseMutationResult<T, Error, string>;
  readonly off?: string | undefined;
  readonly optional?: boolean;
  readonly danger?: boolean;
  /** What follows, in words; or further fields. */
  readonly children?: ReactNode;
}): ReactElement => {
  const [open, setOpen] = useState(false);
  const close = (): void => {
    setOpen(false);
    send.reset();
  };
  return (
    <>
      <Act
        size="sm"
        off={off}
        onAct={() => {
          setOpen(true);
        }}
      >
        {label}
      </Act>
      {open ? (
        <ReasonDialog
          {...look}
          opened
          onClose={close}
          title={title}
          act={act}
          off={off}
          send={send}
          onSend={(reason) => {
            send.mutate(reason, { onSuccess: close });
          }}
        >
          {children}
        </ReasonDialog>
      ) : null}
    </>
  );
};
