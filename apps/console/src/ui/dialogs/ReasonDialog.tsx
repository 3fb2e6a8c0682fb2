import { Button } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import { useState, type ReactElement, type ReactNode } from 'react';
import { staleStore } from '../../state/stale.js';
import { useStore } from '../../state/store.js';
import { Dialog } from './Dialog.js';
import { Note } from '../Note.js';
import { ActionButton, Problem } from '../parts.js';

/**
 * Asks for a reason and states the consequences in numbers. One button names the act and sends it,
 * as does `Ctrl Enter` in the reason.
 */
export const ReasonDialog = ({
  opened,
  onClose,
  title,
  act,
  send,
  onSend,
  children,
  off,
  optional = false,
  danger = false,
  always = false,
}: {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly act: string;
  readonly send: Pick<UseMutationResult<unknown, Error, never>, 'isPending' | 'isError' | 'error'>;
  readonly onSend: (reason: string) => void;
  readonly children?: ReactNode;
  readonly off?: string | undefined;
  readonly optional?: boolean;
  readonly danger?: boolean;
  /** True if it stops something. Then it can be sent even if the page is stale. */
  readonly always?: boolean;
}): ReactElement => {
  const [reason, setReason] = useState('');
  const stale = useStore(staleStore);
  const why = reason.trim();
  const missing =
    off ??
    (stale && !always ? 'Offline: this page may be out of date' : undefined) ??
    (why === '' && !optional ? 'Give a reason. The log keeps it' : undefined);
  const go = (): void => {
    if (missing === undefined && !send.isPending) onSend(why);
  };
  return (
    <Dialog opened={opened} onClose={onClose} title={title} size={480}>
      <div className="col" style={{ gap: 12 }}>
        {children}
        <Note
          label={optional ? 'Note' : 'Reason'}
          rows={3}
          value={reason}
          data-autofocus
          placeholder="Shown in the replay"
          onText={setReason}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) go();
          }}
        />
        <div className="row">
          <Button onClick={onClose}>Go back</Button>
          <span className="grow" />
          <ActionButton
            variant={danger ? 'danger' : 'filled'}
            always={always}
            off={missing}
            sending={send.isPending}
            onAct={go}
          >
            {act}
          </ActionButton>
        </div>
        {missing === undefined ? null : <p className="why-off">{missing}.</p>}
        {send.isError ? <Problem error={send.error} what="nothing was changed" /> : null}
      </div>
    </Dialog>
  );
};
