import { useState, type ReactElement } from 'react';
import { tenantStore } from '../api/client.js';
import type { Alert } from '../api/queries.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { counted } from '../format.js';
import { serverNow } from '../state/clock.js';
import { Choice } from '../ui/forms/Choice.js';
import { ReasonAct } from '../ui/dialogs/ReasonAct.js';
import { Problem } from '../ui/parts.js';
import { sendNotice, type NoticeChange } from './queries.js';
import { groupOf, silences } from './words.js';

/** Sends the same change to each alert in turn. Returns the error of each one that was refused. */
const sendAll = async (alerts: readonly Alert[], change: NoticeChange): Promise<readonly unknown[]> => {
  const refusals: unknown[] = [];
  for (const thing of alerts)
    await sendNotice({ kind: 'alerts', thing }, change, tenantStore.get()).catch((error: unknown) =>
      refusals.push(error),
    );
  return refusals;
};

/** Acknowledges or silences all alerts of the list that are firing. */
export const Bulk = ({ items }: { readonly items: readonly Alert[] }): ReactElement => {
  const missing = useMissingScope('ALERT_WRITE');
  const [minutes, setMinutes] = useState<keyof typeof silences>('30');
  const firing = items.filter((alert) => groupOf(alert, serverNow()) === 'firing');
  const acknowledge = useSend(
    (note: string) => sendAll(firing, { verb: 'acknowledge', note }),
    ['alerts', 'alert'],
    'The alerts were acknowledged.',
  );
  const silence = useSend(
    (note: string) =>
      sendAll(firing, {
        verb: 'silence',
        until: new Date(serverNow() + Number(minutes) * 60_000).toISOString(),
        note,
      }),
    ['alerts', 'alert'],
    'The alerts were silenced.',
  );
  const off = missing ?? (firing.length === 0 ? 'No alert is firing' : undefined);
  const refusals = [...(acknowledge.data ?? []), ...(silence.data ?? [])];
  const all = counted(firing.length, 'alert');
  return (
    <>
      <ReasonAct
        label="Silence all…"
        title={`Silence ${all}`}
        act={`Silence ${all}`}
        off={off}
        send={silence}
      >
        <Choice label="For" value={minutes} choices={silences} onChoose={setMinutes} />
        <p className="t2">They still fire and are listed. Nobody is notified before the end.</p>
      </ReasonAct>
      <ReasonAct
        label={`Acknowledge all ${firing.length}…`}
        title={`Acknowledge ${all}`}
        act={`Acknowledge ${all}`}
        off={off}
        send={acknowledge}
      >
        <p className="t2">You say that you look after these alerts. They stay open until they end.</p>
      </ReasonAct>
      {refusals.length === 0 ? null : (
        <Problem error={refusals[0]} what={`${counted(refusals.length, 'alert')} could not be changed`} />
      )}
    </>
  );
};
