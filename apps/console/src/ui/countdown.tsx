import { useEffect, useRef, useState, type ReactElement } from 'react';
import { countdownText } from '../format.js';
import { useNow } from '../state/clock.js';

/** What a screen reader is told of a countdown, and when: at its opening, at 30 s, at 10 s, at its end. */
export const spokenAt = (leftMs: number, said: ReadonlySet<string>): string | undefined => {
  const s = Math.ceil(leftMs / 1000);
  if (s <= 0) return said.has('end') ? undefined : 'end';
  if (s <= 10) return said.has('10') ? undefined : '10';
  if (s <= 30) return said.has('30') ? undefined : '30';
  return said.has('open') ? undefined : 'open';
};

const sentenceOf = (mark: string, then: string, leftMs: number): string =>
  mark === 'end' ? `Time is up, ${then}` : `${countdownText(leftMs)} left, ${then}`;

/** From the server's deadline and the measured clock, never from when it was shown. */
export const Countdown = ({
  due,
  since,
  then,
}: {
  readonly due: string;
  readonly since: string | null;
  /** What happens at zero: `then it proceeds`. */
  readonly then: string;
}): ReactElement => {
  const now = useNow();
  const left = Date.parse(due) - now;
  const whole = Math.max(1, Date.parse(due) - Date.parse(since ?? due));
  const said = useRef(new Set<string>());
  const [spoken, setSpoken] = useState('');
  useEffect(() => {
    const mark = spokenAt(left, said.current);
    if (mark === undefined) return;
    said.current.add(mark);
    setSpoken(sentenceOf(mark, then, left));
  }, [left, then]);
  const bar = Math.min(100, Math.max(0, (100 * left) / whole));
  return (
    <span className="cd">
      <span role="timer" className="cdn" style={{ fontWeight: left < 10_000 ? 800 : 600 }}>
        {left > 0 ? countdownText(left) : 'Asking…'}
      </span>
      <span className="cdb" aria-hidden="true">
        <i style={{ width: `${bar}%` }} />
      </span>
      <span className="vh" role="status">
        {spoken}
      </span>
    </span>
  );
};
