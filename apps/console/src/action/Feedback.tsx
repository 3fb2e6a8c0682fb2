import type { Schema } from '@interlock/api-types';
import { useState, type ReactElement } from 'react';
import { call } from '../api/client.js';
import type { Action } from '../api/queries.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { useKeys } from '../shell/keys.js';
import type { GlyphName, Kind } from '../ui/kinds.js';
import { Note } from '../ui/Note.js';
import { ActionButton, Card, Problem, Time } from '../ui/parts.js';
import { Chip } from '../ui/states.js';

type Given = Schema<'FeedbackDto'>;
type Verdict = Given['verdict'];

const verdicts = {
  good: { kind: 'green', glyph: 'ok', word: 'Good', key: '+' },
  bad: { kind: 'yellow', glyph: 'tri', word: 'Bad', key: '-' },
  harmful: { kind: 'red', glyph: 'oct', word: 'Harmful', key: '!' },
} as const satisfies {
  readonly [V in Verdict]: {
    readonly kind: Kind;
    readonly glyph: GlyphName;
    readonly word: string;
    readonly key: string;
  };
};
const names = Object.keys(verdicts) as readonly Verdict[];

const List = ({ given }: { readonly given: readonly Given[] }): ReactElement | null =>
  given.length === 0 ? null : (
    <ul aria-label="Feedback given">
      {given.map(({ by, verdict, comment, at }) => (
        <li key={by} className="row wrap">
          <Chip plain look={verdicts[verdict]} />
          <bdi className="clip t2">{by}</bdi>
          <Time at={at} />
          {comment === null ? null : <bdi className="long">{comment}</bdi>}
        </li>
      ))}
    </ul>
  );

type FeedbackProps = {
  readonly action: Action & { readonly feedback?: readonly Given[] };
};
/** People's feedback on an outcome. Renders nothing if the action changed nothing or still runs. */
export const Feedback = ({ action }: FeedbackProps): ReactElement | null => {
  const missing = useMissingScope('AUTONOMOUS_APPROVE');
  const [comment, setComment] = useState('');
  const give = useSend(
    (verdict: Verdict) =>
      call('post', '/api/v1/autonomous/actions/{id}/feedback', {
        tenant: action.tenant_id,
        path: { id: action.action_id },
        body: { verdict, ...(comment.trim() === '' ? {} : { comment: comment.trim() }) },
      }),
    ['action'],
    'Your feedback was recorded.',
  );
  const did = action.ended_at !== null && (action.effect === 'applied' || action.effect === 'taken_back');
  const focus = (verdict: Verdict) => (): void => document.getElementById(`feedback-${verdict}`)?.focus();
  useKeys(did ? { '+': focus('good'), '-': focus('bad'), '!': focus('harmful') } : {});
  return did ? (
    <Card title="Was it good?" right="counts towards earned autonomy">
      <div className="b col" style={{ gap: 8 }}>
        <List given={action.feedback ?? []} />
        <Note label="Comment (optional)" value={comment} onText={setComment} />
        <div className="row wrap">
          {names.map((verdict) => (
            <ActionButton
              key={verdict}
              id={`feedback-${verdict}`}
              off={missing}
              sending={give.isPending}
              onAct={() => give.mutate(verdict, { onSuccess: () => setComment('') })}
            >
              {verdicts[verdict].word} <kbd>{verdicts[verdict].key}</kbd>
            </ActionButton>
          ))}
        </div>
        {give.isError ? <Problem error={give.error} what="no feedback was given" /> : null}
      </div>
    </Card>
  ) : null;
};
