import { useMutation } from '@tanstack/react-query';
import { useId, useState, type ReactElement } from 'react';
import { Dialog } from '../ui/Dialog.js';
import { Act, Problem } from '../ui/parts.js';

/** Asks for a reason and says what follows; one button, named by what it does. */
export const ReasonDialog = ({
  title,
  consequence,
  button,
  danger = false,
  send,
  onDone,
  onClose,
}: {
  readonly title: string;
  readonly consequence: string;
  readonly button: string;
  readonly danger?: boolean;
  readonly send: (reason: string) => Promise<unknown>;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): ReactElement => {
  const [reason, setReason] = useState('');
  const words = useId();
  const sending = useMutation({ mutationFn: send, onSuccess: onDone });
  const off = sending.isPending
    ? 'It is being sent'
    : reason.trim() === ''
      ? 'Write a reason first'
      : undefined;
  return (
    <Dialog opened title={title} onClose={onClose}>
      <form
        className="col"
        style={{ gap: 12 }}
        onSubmit={(event) => {
          event.preventDefault();
          if (off === undefined) sending.mutate(reason.trim());
        }}
      >
        <p id={words} className="long iso">
          {consequence}
        </p>
        <label className="sm t2">
          Reason
          <textarea
            rows={3}
            maxLength={2000}
            value={reason}
            aria-describedby={words}
            data-autofocus
            onChange={(event) => {
              setReason(event.target.value);
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey))
                event.currentTarget.form?.requestSubmit();
            }}
          />
        </label>
        {sending.isError ? <Problem error={sending.error} /> : null}
        <div className="row wrap">
          <Act
            className={danger ? 'danger lg' : 'pri lg'}
            off={off}
            onAct={() => {
              sending.mutate(reason.trim());
            }}
          >
            {sending.isPending ? 'Sending…' : button}
          </Act>
          <button type="button" className="btn lg" onClick={onClose}>
            Leave it
          </button>
        </div>
      </form>
    </Dialog>
  );
};
