import type { UseMutationResult } from '@tanstack/react-query';
import { useState, type ReactElement, type ReactNode } from 'react';
import { ActionButton } from '../parts.js';
import { ReasonDialog } from './ReasonDialog.js';

/** A button whose dialog asks for a reason, sends it, and closes once the server has taken it. */
export const ReasonAct = <T,>({
  label,
  title,
  act,
  size = 'sm',
  send,
  off,
  incomplete,
  children,
  ...look
}: {
  /** The label of the button. */
  readonly label: string;
  /** The heading of the dialog. */
  readonly title: string;
  /** The label of the button that sends. */
  readonly act: string;
  /** The size of the button. */
  readonly size?: 'sm' | 'md';
  readonly send: UseMutationResult<T, Error, string>;
  readonly off?: string | undefined;
  /** Why it cannot be sent yet, although the dialog can be opened. */
  readonly incomplete?: string | undefined;
  readonly optional?: boolean;
  readonly danger?: boolean;
  /** True if it stops something. Then it can be sent even if the page is stale. */
  readonly always?: boolean;
  /** The consequences in words, or further fields. */
  readonly children?: ReactNode;
}): ReactElement => {
  const [open, setOpen] = useState(false);
  const close = (): void => setOpen(false);
  return (
    <>
      <ActionButton
        size={size}
        always={look.always ?? false}
        off={off}
        onAct={() => {
          send.reset();
          setOpen(true);
        }}
      >
        {label}
      </ActionButton>
      {open ? (
        <ReasonDialog
          {...look}
          opened
          onClose={close}
          title={title}
          act={act}
          off={off ?? incomplete}
          send={send}
          onSend={(reason) => send.mutate(reason, { onSuccess: close })}
        >
          {children}
        </ReasonDialog>
      ) : null}
    </>
  );
};
