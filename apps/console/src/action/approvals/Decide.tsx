import { Button } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { extendS, useDecide, type Action, type Decision } from '../../api/queries.js';
import { useMissingScope, useSession } from '../../api/session.js';
import { counted, shortId } from '../../format.js';
import { useNow } from '../../state/clock.js';
import { keepDraft, readDraft } from '../../state/drafts.js';
import { staleStore } from '../../state/stale.js';
import { useStore } from '../../state/store.js';
import { useKeys } from '../../shell/keys.js';
import { cols } from '../../ui/tables/Columns.js';
import { Countdown } from '../../ui/countdown.js';
import { Glyph } from '../../ui/glyphs.js';
import { Note } from '../../ui/Note.js';
import { ActionButton, Problem, Time } from '../../ui/parts.js';
import { lookedAt, seenDigest } from './seen.js';
import { askedOf, boundPolicies, deadlineOf, excludedText, openWindow, riskOf, scoreText } from '../words.js';
import { cx } from '../../ui/cx.js';
import { CopyDigest } from '../../ui/CopyDigest.js';
import { Hint } from '../../ui/Tooltip.js';
import css from '../action.module.css';

const focus = (id: string) => (): void => document.getElementById(id)?.focus();

const boundTo = [
  ['action', 'Action and parameters'],
  ['risk_score', 'Prediction, its risk score'],
  ['diff', 'Device diff'],
  ['leaves', 'Fingerprint of those leaves'],
  ['policies', 'Bundle and policies'],
] as const;

/** The value of a bound part in words; empty if its hash says enough. */
const boundText = (action: Action, name: (typeof boundTo)[number][0]): string => {
  const { plan } = action;
  if (name === 'risk_score') return `risk ${scoreText(riskOf(action))}`;
  if (name === 'policies') return boundPolicies(action);
  if (name !== 'diff' || plan === null) return '';
  const parts = [plan, ...(plan.parts ?? [])];
  const devices = new Set(parts.map(({ device_id: id }) => id)).size;
  return `${counted(plan.diff.length, 'leaf', 'leaves')} on ${counted(devices, 'device')}`;
};

/** The parts that an approval is bound to, and the digest of all of them. */
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
            <span>
              {words} <span className="muted">{boundText(action, name)}</span>
            </span>
            <Hint className="mono muted" label={String(parts[name])}>
              {shortId(String(parts[name]))}
            </Hint>
          </div>
        ))}
      </div>
      <div className="dig">
        Digest <b className="mono">{shortId(digest)}</b>
        <CopyDigest digest={digest} />
      </div>
      <p className="xs muted">
        If any of it changes you are asked again, with the difference. Your yes is used once, and checked at
        the last look.
      </p>
    </div>
  );
};

type DecideProps = {
  readonly action: Action;
  readonly hints?: boolean;
  readonly panel?: boolean;
};
/**
 * The form with which a person decides about one action. It keeps the digest that was first shown.
 * If the digest changes, a bar says so, and the approval stays off until the user has seen the new
 * one.
 */
export const Decide = ({ action, hints = true, panel = true }: DecideProps): ReactElement => {
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
    (decide.isPending ? 'Still sending' : undefined) ??
    (over ? 'Time is up. Checking with the server' : undefined);
  const yesOff =
    off ??
    (stale ? 'Offline: this page may be out of date. You can still reject' : undefined) ??
    (changed ? 'It changed since you opened it. Review the difference first' : undefined);
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
      { onSuccess: () => keepDraft(person, action.action_id, '') },
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
            <b>It changed since you opened it.</b> An approval of the earlier version is void.{' '}
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
            I have reviewed it
          </Button>
        </div>
      ) : null}
      {panel ? <DigestPanel action={action} /> : null}
      {approving && action.approval !== null && action.approval.required > 1 ? (
        <p className="sm t2">
          {action.approval.approved_by.length} of {action.approval.required} people approved.
        </p>
      ) : null}
      {approving ? <p className="xs muted long iso">{excludedText(action)}.</p> : null}
      <Note
        label="Note, needed to reject"
        id="note"
        value={note}
        placeholder="Shown in the replay"
        error={noteMissing ? 'Give a reason. The requester will read it.' : undefined}
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
          <ActionButton id="extend" off={off} onAct={() => send('extend')}>
            Extend by {extendS} s {hints ? <kbd>E</kbd> : null}
          </ActionButton>
        </div>
      )}
      <div className={cx(css['buttons'], 'row wrap')} data-decision>
        <ActionButton variant="danger" size="lg" always off={off} onAct={() => send('reject')}>
          Reject {hints ? <kbd>R</kbd> : null}
        </ActionButton>
        <ActionButton id="yes" variant="filled" size="lg" off={yesOff} onAct={() => send(yes)}>
          {decide.isPending ? 'Sending…' : approving ? 'Approve this change' : 'Confirm now'}{' '}
          {hints ? <kbd>{approving ? 'A' : 'C'}</kbd> : null}
        </ActionButton>
      </div>
      {yesOff === undefined ? null : <p className="why-off">{yesOff}.</p>}
      {hints ? (
        <p className="xs muted hide-m">
          {approving ? 'A' : 'C'} moves to the button, Enter sends. R moves to the note, Ctrl Enter there
          rejects. X moves to Cancel.
        </p>
      ) : null}
      {decide.isError ? <Problem error={decide.error} what="nothing was decided" /> : null}
    </div>
  );
};

const windowTitle = (action: Action): string => {
  switch (openWindow(action)?.end.outcome) {
    case 'asks':
      return 'Asks for approval when it ends';
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
        <h2>{action.state === 'AWAITING_APPROVAL' ? 'Waits for your yes or no' : windowTitle(action)}</h2>
        <span className="r">
          {deadline === undefined ? null : <Countdown key={deadline.due} {...deadline} />}
        </span>
      </header>
      <Decide key={action.action_id} action={action} />
    </section>
  );
};
