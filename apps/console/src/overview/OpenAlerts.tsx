import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useNoticeChange } from '../alerts/queries.js';
import { aboutText, severityCounts } from '../alerts/words.js';
import { alertsQuery, type Alert } from '../api/queries.js';
import { useMissingScope } from '../api/session.js';
import { actorText } from '../shell/stops.js';
import { Glyph } from '../ui/glyphs.js';
import { ActionButton, Ago, Card, Empty, Loaded, Problem, Time } from '../ui/parts.js';
import { Chip, lookOfSeverity } from '../ui/states.js';
import { cols } from '../ui/tables/Columns.js';

type AcknowledgeProps = {
  readonly alert: Alert;
  readonly label?: string;
};
/** Acknowledges one alert from a list, without a note. */
export const Acknowledge = ({ alert, label = 'Ack' }: AcknowledgeProps): ReactElement => {
  const change = useNoticeChange({ kind: 'alerts', thing: alert });
  const missing = useMissingScope('ALERT_WRITE');
  return (
    <>
      <ActionButton
        size="sm"
        off={missing}
        sending={change.isPending}
        label={`${label} ${alert.name}`}
        onAct={() => change.mutate({ verb: 'acknowledge', note: '' })}
      >
        {label}
      </ActionButton>
      {change.isError ? <Problem error={change.error} what="nothing was changed" /> : null}
    </>
  );
};

const Row = ({ alert }: { readonly alert: Alert }): ReactElement => {
  const look = lookOfSeverity(alert.severity);
  const { acknowledged_by: by } = alert;
  return (
    <li>
      <Glyph name={look.glyph} kind={look.kind} size={15} />
      <div>
        <Link to="/alerts" search={{ id: alert.id }}>
          <b className="iso">{alert.name}</b>
        </Link>{' '}
        <span className="sm muted">{look.word}</span>
        <div className="sm muted long iso">
          {alert.status === 'acknowledged' ? (
            <>
              Acknowledged{by === null ? '' : ` by ${actorText(by)}`}, <Time at={alert.updated_at} />
            </>
          ) : (
            aboutText(alert)
          )}
        </div>
      </div>
      <span className="col muted xs num" style={{ gap: 4 }}>
        <Ago at={alert.opened_at} />
        {alert.status === 'acknowledged' ? null : <Acknowledge alert={alert} />}
      </span>
    </li>
  );
};

/** The newest open alerts, counted by severity. */
export const OpenAlerts = (): ReactElement => {
  const alerts = useQuery(alertsQuery());
  const open = (alerts.data?.items ?? []).filter(({ status }) => status !== 'resolved');
  return (
    <Card
      title="Open alerts"
      className="o6"
      extra={severityCounts(open).map(([severity, count]) => (
        <Chip key={severity} look={{ ...lookOfSeverity(severity), word: `${count} ${severity}` }} />
      ))}
      right={<Link to="/alerts">All</Link>}
    >
      <Loaded query={alerts} rows={2} what="the alerting service does not answer">
        {() =>
          open.length === 0 ? (
            <Empty>
              <b>No alert is open.</b>
            </Empty>
          ) : (
            <ul className="lines" style={cols('18px minmax(0, 1fr) auto', { pad: 8, align: 'start' })}>
              {open.slice(0, 6).map((alert) => (
                <Row key={alert.id} alert={alert} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
};
