import type { ReactElement } from 'react';
import { counted } from '../../format.js';
import { UntrustedText } from '../../ui/parts.js';
import { evidenceText, Marks } from './evidence.js';
import { loosensMode, modeLook, recordsUnder, type Place } from './modes.js';
import type { EarnedCell, Mode, ModeEntry } from '../queries.js';

/** The effect of each mode on new actions. */
const meanings: { readonly [M in Mode]: string } = {
  DISABLED: 'Every action is blocked.',
  PROPOSE_ONLY: 'Every action is proposed, and none runs.',
  APPROVAL_REQUIRED: 'Every action asks a person.',
  AUTO_EXECUTE:
    'Actions run without a person. Kill switch, posture, policies, blast radius, confidence and budget still apply.',
};

/** Says how setting a mode affects the step of an account. */
const stepText = (
  { account, type }: Place,
  { standing, action_type, account_id }: EarnedCell,
): string | null => {
  const name = `${account_id}, ${action_type}`;
  if (standing.kind === 'up') return `${name}: the signed step up ends.`;
  if (standing.kind === 'configured') return null;
  return account !== undefined && type !== undefined
    ? `${name}: this ends the step down, and its record starts again.`
    : `${name}: the step down stays. Set that step back, or set the mode of exactly this account and type.`;
};

/** The effect of a change of mode, and the outcomes so far. The user reads it before the change. */
export const ModeEvidence = ({
  place,
  entries,
  after,
  records,
  removed = false,
}: {
  readonly place: Place;
  readonly entries: readonly ModeEntry[];
  readonly after: Mode;
  readonly records: readonly EarnedCell[];
  /** True if the entry is removed, which does not end any step. */
  readonly removed?: boolean;
}): ReactElement => {
  const under = recordsUnder(entries, place, records);
  const shown = under.slice(0, 5);
  const loosened = under.filter(({ mode }) => loosensMode(mode, after)).length;
  const steps = removed ? [] : under.flatMap((cell) => stepText(place, cell) ?? []);
  return (
    <div className="col" style={{ gap: 8 }}>
      <p className="t2">
        <b>{modeLook[after].word}.</b> {meanings[after]} It takes effect within five seconds.
      </p>
      {steps.map((text) => (
        <p key={text} className="t2">
          {text}
        </p>
      ))}
      {under.length === 0 ? (
        <p className="t2">No outcome was observed here yet, so there is no evidence.</p>
      ) : (
        <>
          <p className="t2">
            {counted(under.length, 'record')} below it
            {loosened === 0 ? '' : `, ${loosened} of which will ask fewer people`}:
          </p>
          {shown.map((cell) => (
            <div key={`${cell.account_id} ${cell.action_type}`}>
              <p className="sm">
                <UntrustedText text={cell.account_id} /> <UntrustedText text={cell.action_type} />
              </p>
              <Marks good={cell.figures.good} bad={cell.figures.bad} />
              <p className="sm t2">{evidenceText(cell.figures)}</p>
            </div>
          ))}
          {under.length > shown.length ? (
            <p className="sm muted">{under.length - shown.length} more are listed under Record.</p>
          ) : null}
        </>
      )}
    </div>
  );
};
