import { useQuery } from '@tanstack/react-query';
import { Fragment, type ReactElement } from 'react';
import type { Alert } from '../api/queries.js';
import { durationText, zoneName } from '../format.js';
import { actorText } from '../shell/stops.js';
import { serverNow, useNow } from '../state/clock.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { Glyph } from '../ui/glyphs.js';
import { Ago, Card, Empty, Time } from '../ui/parts.js';
import { Chip, lookOfSeverity, lookOfStatus } from '../ui/states.js';
import { num, Table } from '../ui/tables/Table.js';
import { Bulk } from './Bulk.js';
import { latestDeliveriesQuery, type Delivery } from './queries.js';
import { NoticeCell } from './NoticeCell.js';
import { deliveryLooks, groupOf, groups, isSilenced, severityCounts, silencedLook } from './words.js';
import css from './alerts.module.css';

/** Since when an alert is in its state, and who acknowledged or silenced it. */
const State = ({ alert }: { readonly alert: Alert }): ReactElement => {
  const now = useNow();
  const { acknowledged_by: by, silenced_until: until, silenced_by: silencer } = alert;
  switch (groupOf(alert, now)) {
    case 'silenced':
      return (
        <>
          until <Time at={until} />
          <div className="xs muted">
            {silencer === null ? '' : `${actorText(silencer)}, `}
            {durationText(Date.parse(until ?? '') - now)} left
          </div>
        </>
      );
    case 'acknowledged':
      return (
        <>
          {by === null ? 'acknowledged' : actorText(by)}, <Time at={alert.updated_at} />
          {alert.note === null ? null : <div className="xs muted long iso">“{alert.note.slice(0, 80)}”</div>}
        </>
      );
    case 'ended':
      return (
        <>
          <Time at={alert.updated_at} />
          <div className="xs muted">
            after {durationText(Date.parse(alert.updated_at) - Date.parse(alert.opened_at))}
          </div>
        </>
      );
    case 'firing':
      return (
        <>
          <Ago at={alert.opened_at} />
          <div className="xs muted">nobody yet</div>
        </>
      );
  }
};

/** The channels that were notified, each with its latest result. A failed one is red. */
const Told = ({ told }: { readonly told: readonly Delivery[] }): ReactElement => {
  const byChannel = new Map(told.toReversed().map((one) => [one.channel_id, one]));
  return byChannel.size === 0 ? (
    <span className="muted">nobody</span>
  ) : (
    <span className="row wrap" style={{ gap: '2px 8px' }}>
      {[...byChannel.values()].map(({ channel_id: id, state }) => {
        const [glyph, kind] = deliveryLooks[state];
        return (
          <span key={id} className={state === 'failed' ? 'red row' : 'row'} style={{ gap: 4 }}>
            <Glyph name={glyph} kind={kind} size={11} />
            <bdi className="sm">{id}</bdi>
            <span className="vh">: {state}</span>
          </span>
        );
      })}
    </span>
  );
};

const headOf = (title: string, items: readonly Alert[]): ReactElement => {
  const now = serverNow();
  const open = items.filter((alert) => groupOf(alert, now) !== 'ended');
  const silenced = open.filter((alert) => isSilenced(alert, now)).length;
  return (
    <>
      <span className="tag">
        {open.length} open<span className="vh"> {title.toLowerCase()}</span>
      </span>
      {severityCounts(open.filter((alert) => !isSilenced(alert, now))).map(([severity, count]) => (
        <Chip key={severity} look={{ ...lookOfSeverity(severity), word: `${count} ${severity}` }} />
      ))}
      {silenced === 0 ? null : <Chip look={{ kind: 'unk', glyph: 'minus', word: `${silenced} silenced` }} />}
    </>
  );
};

type AlertListProps = {
  readonly items: readonly Alert[];
  readonly chosen: string | undefined;
};
/** The alerts in groups: firing, acknowledged, silenced, ended. */
export const AlertList = ({ items, chosen }: AlertListProps): ReactElement => {
  const { zone } = useStore(settings);
  const deliveries = useQuery(latestDeliveriesQuery());
  const now = serverNow();
  const toldOf = ({ id, episode }: Alert): readonly Delivery[] =>
    (deliveries.data?.items ?? []).filter((one) => one.alert_id === id && one.episode === episode);
  return (
    <Card
      title="Alerts"
      extra={headOf('Alerts', items)}
      right={
        <>
          <span className="hide-m">
            <kbd>J</kbd> <kbd>K</kbd> move <kbd>A</kbd> acknowledge <kbd>M</kbd> silence
          </span>
          <Bulk items={items} />
        </>
      }
    >
      {items.length === 0 ? (
        <Empty>
          <b>None yet.</b> New ones appear here, with the people who were notified.
        </Empty>
      ) : (
        <Table
          name="Alerts"
          className={css['list']}
          head={['Severity', 'Alert', `State, ${zoneName(zone)}`, 'Told', num('Fired')]}
        >
          {groups.map(([group, words]) => {
            const own = items.filter((alert) => groupOf(alert, now) === group);
            return own.length === 0 ? null : (
              <Fragment key={group}>
                <tr className={css['group']}>
                  <th colSpan={5} scope="rowgroup">
                    {words} <span className="muted">{own.length}</span>
                  </th>
                </tr>
                {own.map((alert) => (
                  <tr key={alert.id} className={alert.id === chosen ? 'sel' : undefined}>
                    <td>
                      <Chip look={lookOfSeverity(alert.severity)} plain />
                      <span className="vh">
                        {(silencedLook(alert, now) ?? lookOfStatus(alert.status)).word}
                      </span>
                    </td>
                    <NoticeCell notice={alert} />
                    <td className="sm">
                      <State alert={alert} />
                    </td>
                    <td>{deliveries.data === undefined ? '–' : <Told told={toldOf(alert)} />}</td>
                    <td className="num">{alert.fired}</td>
                  </tr>
                ))}
              </Fragment>
            );
          })}
        </Table>
      )}
    </Card>
  );
};
