import { Button } from '@mantine/core';
import type { ReactElement } from 'react';
import type { UseQueryResult } from '@tanstack/react-query';
import { counted, numberText } from '../../format.js';
import { Problem } from '../../ui/parts.js';
import type { WhatIfAnswer } from './engine.js';
import { DecisionBars, FlipList } from './Flips.js';
import { needsNote } from './flip-words.js';

/**
 * The decisions that the current text would have made on the requests of the last day. The browser
 * computes them again after each key.
 */
export const WhatIfPanel = ({
  answer,
  query,
  capped,
  versions,
  onServer,
}: {
  readonly answer: WhatIfAnswer;
  readonly query: UseQueryResult;
  /** True if there are more decisions than were downloaded. */
  readonly capped: boolean;
  readonly versions: readonly [string, string];
  readonly onServer: () => void;
}): ReactElement => {
  if (query.isError && query.data === undefined)
    return <Problem error={query.error} what="recorded decisions" onRetry={() => void query.refetch()} />;
  const last = answer.last;
  return (
    <div>
      <p className="note xs" role="status">
        {answer.state === 'cannot'
          ? answer.why
          : last === undefined
            ? 'Loading the decisions of the last day…'
            : last.report.evaluations === 0
              ? 'Nothing was decided in the last day.'
              : `${counted(last.report.evaluations, 'decision')} of the last day, decided again in ${numberText(last.ms, last.ms < 10 ? 1 : 0)} ms.`}
      </p>
      {capped ? (
        <p className="note xs">
          There were more. Only the newest are used here.{' '}
          <Button size="sm" onClick={onServer}>
            Run all on the server
          </Button>
        </p>
      ) : null}
      {last === undefined || last.report.evaluations === 0 ? null : (
        <div className={answer.state === 'cannot' ? 'stale' : undefined}>
          <div className="b bb">
            <DecisionBars before={last.report.active} after={last.report.candidate} names={versions} />
          </div>
          {needsNote(last.report.counts_active) ? (
            <p className="note sm ylw">
              It no longer denies something that is denied now. The approver must give a reason.
            </p>
          ) : null}
          <FlipList
            counts={last.report.counts_active}
            flips={last.report.flips
              .filter(({ active, to }) => active !== to)
              .map((flip) => ({
                id: flip.evaluation_id,
                from: flip.active,
                to: flip.to,
                rule: flip.rule_id,
                wasRule: flip.was_rule_id,
                action: flip.action_id,
                what: `${flip.agent}, ${flip.action}${flip.from === flip.active ? '' : `, was ${flip.from}`}`,
              }))}
          />
        </div>
      )}
    </div>
  );
};
