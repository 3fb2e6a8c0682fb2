import { Button } from '@mantine/core';
import type { ReactElement } from 'react';
import { numberText, rangeText, sentence } from '../format.js';
import { Card } from '../ui/parts.js';
import { num, Table } from '../ui/tables/Table.js';
import { signed } from './Answer.js';
import type { Prediction } from './queries.js';

type Answered = { readonly prediction: Prediction; readonly asked: string };

const rangeOf = ({ interval_by_kpi: intervals }: Prediction, kpi: string): string => {
  const [low, high] = intervals[kpi] ?? [];
  return low === undefined || high === undefined ? '–' : rangeText(low, high);
};

type CompareProps = {
  readonly answer: Answered;
  readonly kept: Answered | undefined;
  /** True if the answer is the one that is kept. */
  readonly isKept: boolean;
  readonly onKeep: () => void;
};
/** The answer beside an earlier one that the user kept. */
export const Compare = ({ answer, kept, isKept, onKeep }: CompareProps): ReactElement => {
  const keep = (
    <Button size="sm" aria-pressed={isKept} onClick={onKeep}>
      {isKept ? 'Kept: predict again to compare' : 'Compare with…'}
    </Button>
  );
  if (kept === undefined) return <p className="row">{keep}</p>;
  const rows: readonly (readonly [string, (of: Prediction) => string])[] = [
    ['risk_score', ({ risk_score: score, risk_level: level }) => `${score} ${level}`],
    ['confidence', ({ confidence }) => numberText(confidence)],
    ['impact_delta', ({ impact_delta: impact }) => signed(impact)],
    ...Object.keys(answer.prediction.interval_by_kpi).map(
      (kpi) => [sentence(kpi), (of: Prediction) => rangeOf(of, kpi)] as const,
    ),
  ];
  return (
    <Card title="Compared" right={keep}>
      <Table name="Compared" head={['Figure', num(kept.asked.slice(0, 60)), num(answer.asked.slice(0, 60))]}>
        {rows.map(([name, text]) => (
          <tr key={name}>
            <td>{name}</td>
            <td className="num">{text(kept.prediction)}</td>
            <td className="num">{text(answer.prediction)}</td>
          </tr>
        ))}
      </Table>
    </Card>
  );
};
