import { useState, type ReactElement } from 'react';
import { useMissingScope } from '../api/session.js';
import type { Alert } from '../api/types.js';
import { useNow } from '../state/clock.js';
import { Choice } from '../ui/forms/Choice.js';
import { cols } from '../ui/tables/Columns.js';
import { ActionButton, Problem } from '../ui/parts.js';
import { useNoticeChange } from './queries.js';
import { isSilenced, silences, untilText } from './words.js';
import { Field } from '../ui/forms/Field.js';

/**
 * Silences the channels for one alert for a while. The alert still fires and stays in the list. The
 * end is shown in both time zones, with the duration.
 */
export const Silence = ({ alert }: { readonly alert: Alert }): ReactElement => {
  const [minutes, setMinutes] = useState<keyof typeof silences>('120');
  const [note, setNote] = useState('');
  const change = useNoticeChange({ kind: 'alerts', thing: alert });
  const missing = useMissingScope('ALERT_WRITE');
  const now = useNow();
  const silenced = isSilenced(alert, now);
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const until = now + Number(minutes) * 60_000;
  const off = missing ?? (change.isPending ? 'Still sending' : undefined);
  return (
    <div className="grid bt" style={{ ...cols('1fr 1fr', { gap: 8 }), marginTop: 10, paddingTop: 10 }}>
      {silenced && alert.silenced_until !== null ? (
        <>
          <span className="t2 all">
            Silenced {untilText(Date.parse(alert.silenced_until), now, timeZone)} left.
          </span>
          <span className="row all">
            <ActionButton
              id="silence"
              off={off}
              onAct={() => change.mutate({ verb: 'silence', until: null, note: '' })}
            >
              {change.isPending ? 'Sending…' : 'End the silence'} <kbd>M</kbd>
            </ActionButton>
          </span>
        </>
      ) : (
        <>
          <Choice label="Silence for" id="silence" value={minutes} choices={silences} onChoose={setMinutes} />
          <Field label="Reason (optional)" value={note} maxLength={2000} onText={setNote} />
          <span className="t2 all">
            Silenced {untilText(until, now, timeZone)}. It still fires and is listed, but nobody is notified
            before then{alert.severity === 'critical' ? '. A critical alert still counts' : ''}.
          </span>
          <span className="row all">
            <ActionButton
              off={off}
              onAct={() =>
                change.mutate({
                  verb: 'silence',
                  until: new Date(until).toISOString(),
                  note: note.trim(),
                })
              }
            >
              {change.isPending ? 'Sending…' : 'Silence'} <kbd>M</kbd>
            </ActionButton>
          </span>
        </>
      )}
      {change.isError ? (
        <div className="t2 all">
          <Problem error={change.error} what="nothing was changed" />
        </div>
      ) : null}
    </div>
  );
};
