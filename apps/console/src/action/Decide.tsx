import { Button } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { extendS, useDecide, type Action, type Decision } from '../api/queries.js';
import { useMissingScope, useSession } from '../api/session.js';
import { shortId } from '../format.js';
import { useNow } from '../state/clock.js';
import { keepDraft, readDraft } from '../state/drafts.js';
import { staleStore } from '../state/stale.js';
import { useStore } from '../state/store.js';
import { useKeys } from '../shell/keys.js';
import { cols } from '../ui/Columns.js';
import { Countdown } from '../ui/countdown.js';
import { Glyph, Icon } from '../ui/glyphs.js';
import { Note } from '../ui/Note.js';
import { Act, Problem, Time } from '../ui/parts.js';
import { lookedAt, seenDigest } from './seen.js';
import { askedOf, deadlineOf, openWindow } from './words.js';
import { cx } from '../ui/cx.js';
import css from './action.module.css';

const focus = (id: string) => (): void => {
  document.getElementById(id)?.focus();
};

const boundTo = [
  ['action', 'Action and parameters'],
  ['risk_score', 'Prediction, its risk score'],
  ['diff', 'Device diff'],
  ['leaves', 'Fingerprint of those leaves'],
  ['policies', 'Bundle and policies'],
] as const;

/** What a yes is bound to, part by part, and the digest of all. */
const DigestPanel = ({ action }: { readonly action: Action }): ReactElement | null => {
  const asked = askedOf(action);
  if (asked === null) return null;
  const { digest, digest_parts: parts } = asked;
  return (
    <div className="col" style={{ gap: 8 }}>
      <b className="sm">Your yes is bound to exactly this</b>
      <div className="grid" style={cols('16px 1fr auto', { gap: '5px 8px' })}>
        {boundTo.map(([name, words]) => (
          <div key={name} style={{ display: 'contents' }}>
            <Glyph name="ok" kind="green" />
            <span>{words}</span>
            <span className="mono muted" title={String(parts[name])}>
              {shortId(String(parts[name]))}
            </span>
          </div>
        ))}
      </div>
      <div className="dig">
        Digest <b className="mono">{shortId(digest)}</b>
        <Button
          className="ml"
          variant="subtle"
          size="sm"
          aria-label="Copy the digest"
          onClick={() => {
            void navigator.clipboard.writeText(digest);
          }}
        >
          <Icon name="copy" size={14} />
        </Button>
      </div>
    </div>
  );
};

/**
 * The decision about one action. What is decided on is frozen when it is opened: where the digest
 * changed since, a bar says so, and the button waits until the new one was looked at.
 */
export const Decide = ({
  action,
  hints = true,
  panel = true,
}: {
  readonly action: Action;
  readonly hints?: boolean;
  readonly panel?: boolean;
}): ReactElement => {
  const approving = action.state === 'AWAITING_APPROVAL';
  const asked = askedOf(action);
  const { data: session } = useSession();
  const person = session?.name ?? '';
  const [note, setNote] = useState(() => readDraft(person, action.action_id));
  const [seen, setSeen] = useState(() => seenDigest(action.action_id, asked?.digest));
  const [noteMissing, setNoteMissing] = useState(false);
  const decide = useDecide();
  const missing = useMissingScope('AUTONOMOUS_APPROVE');
  const now = useNow();
  const stale = useStore(staleStore);
  const deadline = deadlineOf(action);
  const over = deadline !== undefined && Date.parse(deadline.due) <= now;
  const changed = asked !== null && seen !== asked.digest;
  const off =
    missing ??
    (decide.isPending ? 'It is being sent' : undefined) ??
    (over ? 'The time is up: the server is asked' : undefined);
  const yesOff =
    off ??
    (stale ? 'Offline: what you see may be old. To reject still works' : undefined) ??
    (changed ? 'It changed since you opened it: look at the difference first' : undefined);
  const send = (kind: Decision['kind']): void => {
    const comment = note.trim();
    setNoteMissing(kind === 'reject' && comment === '');
    if (kind === 'reject' && comment === '') {
      focus('note')();
      return;
    }
    const digest = asked?.digest;
    decide.mutate(
      {
        tenant: action.tenant_id,
        id: action.action_id,
        kind,
        comment,
        ...(digest !== undefined && (kind === 'approve' || kind === 'confirm') ? { digest } : {}),
      },
      {
        onSuccess: () => {
          keepDraft(person, action.action_id, '');
        },
      },
    );
  };
  const yes: Decision['kind'] = approving ? 'approve' : 'confirm';
  useKeys({ a: focus('yes'), c: focus('yes'), e: focus('extend'), r: focus('note'), x: focus('cancel') });
  return (
    <div className="b col" style={{ gap: 8 }}>
      {deadline === undefined ? null : (
        <p className="sm t2">
          {approving ? 'Expires' : 'Ends'} <Time at={deadline.due} zoned />, {deadline.then}.
        </p>
      )}
      {changed ? (
        <div className="banner k-yellow" role="alert">
          <Glyph name="tri" kind="yellow" size={15} />
          <div>
            <b>It changed since you opened it.</b> A yes to what it was is void.{' '}
            {approving ? action.approval?.difference.map(({ detail }) => detail).join('; ') : null}
            <div className="mono xs">
              {shortId(seen ?? '')} → {shortId(asked.digest)}
            </div>
          </div>
          <Button
            size="sm"
            onClick={() => {
              lookedAt(action.action_id, asked.digest);
              setSeen(asked.digest);
              focus('yes')();
            }}
          >
            I have looked at it
          </Button>
        </div>
      ) : null}
      {panel ? <DigestPanel action={action} /> : null}
      {approving && action.approval !== null && action.approval.required > 1 ? (
        <p className="sm t2">
          {action.approval.approved_by.length} of {action.approval.required} people said yes.
        </p>
      ) : null}
      <Note
        label="Note, needed to reject"
        id="note"
        value={note}
        placeholder="Seen by whoever replays this"
        error={noteMissing ? 'Say why: whoever asked will read it.' : undefined}
        onText={(text) => {
          setNote(text);
          keepDraft(person, action.action_id, text);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && off === undefined) send('reject');
        }}
      />
      {approving ? null : (
        <div className="row wrap">
          <Act
            id="extend"
            off={off}
            onAct={() => {
              send('extend');
            }}
          >
            Extend by {extendS} s {hints ? <kbd>E</kbd> : null}
          </Act>
        </div>
      )}
      <div className={cx(css['buttons'], 'row wrap')} data-decision>
        <Act
          variant="danger"
          size="lg"
          always
          off={off}
          onAct={() => {
            send('reject');
          }}
        >
          Reject {hints ? <kbd>R</kbd> : null}
        </Act>
        <Act
          id="yes"
          variant="filled"
          size="lg"
          off={yesOff}
          onAct={() => {
            send(yes);
          }}
        >
          {decide.isPending ? 'Sending…' : approving ? 'Approve this change' : 'Confirm now'}{' '}
          {hints ? <kbd>{approving ? 'A' : 'C'}</kbd> : null}
        </Act>
      </div>
      {yesOff === undefined ? null : <p className="why-off">{yesOff}.</p>}
      {decide.isError ? <Problem error={decide.error} what="nothing was decided" /> : null}
    </div>
  );
};

const windowTitle = (action: Action): string => {
  switch (openWindow(action)?.end.outcome) {
    case 'asks':
      return 'Asks for an approval at its end';
    case 'expires':
      return 'Does not run unless it is confirmed';
    case 'proceeds':
    case undefined:
      return 'Proceeds unless it is stopped';
  }
};

export const DecideCard = ({ action }: { readonly action: Action }): ReactElement | null => {
  const deadline = deadlineOf(action);
  if (action.state !== 'AWAITING_APPROVAL' && action.state !== 'AWAITING_CONFIRMATION') return null;
  return (
    <section className="card" aria-label="Decision">
      <header style={{ background: 'var(--yellow-bg)' }}>
        <h2>{action.state === 'AWAITING_APPROVAL' ? 'Waits for a yes or no' : windowTitle(action)}</h2>
        <span className="r">
          {deadline === undefined ? null : <Countdown key={deadline.due} {...deadline} />}
        </span>
      </header>
      <Decide key={action.action_id} action={action} />
    </section>
  );
};
