import { useEffect, useRef, useState, type ReactElement } from 'react';
import { countdownText } from '../format.js';
import { useNow } from '../state/clock.js';
import { Bar } from './tables/Bar.js';
import { announcementAt } from './announcement.js';

const sentenceOf = (mark: string, then: string, leftMs: number): string =>
  mark === 'end' ? `Time is up, ${then}` : `${countdownText(leftMs)} left, ${then}`;

type CountdownProps = {
  readonly due: string;
  readonly since: string | null;
  /** The event at zero: `then it proceeds`. */
  readonly then: string;
};
/** A countdown to the server's deadline, by the measured clock of the server. */
export const Countdown = ({ due, since, then }: CountdownProps): ReactElement => {
  const now = useNow();
  const left = Date.parse(due) - now;
  const whole = Math.max(1, Date.parse(due) - Date.parse(since ?? due));
  const said = useRef(new Set<string>());
  const [spoken, setSpoken] = useState('');
  useEffect(() => {
    const mark = announcementAt(left, said.current);
    if (mark === undefined) return;
    said.current.add(mark);
    setSpoken(sentenceOf(mark, then, left));
  }, [left, then]);
  return (
    <span className="cd">
      <span role="timer" className="cdn" style={{ fontWeight: left < 10_000 ? 800 : 600 }}>
        {left > 0 ? countdownText(left) : 'Asking…'}
      </span>
      <Bar share={(100 * left) / whole} color="var(--yellow)" size={4} width={64} />
      <span className="vh" role="status">
        {spoken}
      </span>
    </span>
  );
};
