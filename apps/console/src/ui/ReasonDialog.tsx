import { Button } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import { useState, type ReactElement, type ReactNode } from 'react';
import { staleStore } from '../state/stale.js';
import { useStore } from '../state/store.js';
import { Dialog } from './Dialog.js';
import { Note } from './Note.js';
import { Act, Problem } from './parts.js';

/**
 * Asks for a reason, says in numbers what follows, and has one button that names what it does.
 * `Ctrl Enter` in the reason sends it.
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
  /** It stops something: it is sent, however old the page is. */
  readonly always?: boolean;
}): ReactElement => {
  const [reason, setReason] = useState('');
  const stale = useStore(staleStore);
  const why = reason.trim();
  const missing =
    off ??
    (stale && !always ? 'Offline: what you see may be old' : undefined) ??
    (why === '' && !optional ? 'Say why: it is kept in the log' : undefined);
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
          placeholder="Seen by whoever replays this"
          onText={setReason}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) go();
          }}
        />
        <div className="row">
          <Button onClick={onClose}>Leave it</Button>
          <span className="grow" />
          <Act
            variant={danger ? 'danger' : 'filled'}
            always={always}
            off={missing}
            sending={send.isPending}
            onAct={go}
          >
            {act}
          </Act>
        </div>
        {missing === undefined ? null : <p className="why-off">{missing}.</p>}
        {send.isError ? <Problem error={send.error} what="nothing was changed" /> : null}
      </div>
    </Dialog>
  );
};
