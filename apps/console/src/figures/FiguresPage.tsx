import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { clockText, momentText, numberText, sentence, zoneName } from '../format.js';
import { serverNow } from '../state/clock.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { Bar } from '../ui/tables/Bar.js';
import { cols } from '../ui/tables/Columns.js';
import { Card, Empty, UntrustedText, Head, Loaded } from '../ui/parts.js';
import { SegmentedControl } from '../ui/forms/SegmentedControl.js';
import { StepsCard } from '../ui/steps/StepsCard.js';
import { num, Table } from '../ui/tables/Table.js';
import {
  durationsText,
  groupings,
  heights,
  parts,
  periods,
  shareText,
  stepWords,
  type Figures,
} from './figures.js';
import { figuresQuery } from './queries.js';

const route = getRouteApi('/shell/figures');

const Totals = ({ totals }: { readonly totals: Figures['totals'] | undefined }): ReactElement => {
  const shown: readonly (readonly [string | undefined, string])[] = [
    [totals && numberText(totals.accepted, 0), 'actions'],
    [totals && shareText(totals.automatic, totals.started), 'of those that ran, automatic'],
    [totals && shareText(totals.refused, totals.accepted), 'refused'],
    [totals && shareText(totals.rolled_back, totals.started), 'of those that ran, rolled back'],
    [totals && durationsText(totals.decided_ms, 'median'), 'median to a decision'],
    [totals && durationsText(totals.answered_ms, 'median'), "median to a person's answer"],
  ];
  return (
    <section className="card" aria-label="Totals">
      <div className="figs bb" style={cols('none', { pad: 9 })}>
        {shown.map(([value, words]) => (
          <div key={words}>
            <b>{value ?? '–'}</b>
            <span>{words}</span>
          </div>
        ))}
      </div>
    </section>
  );
};

const Groups = ({ figures }: { readonly figures: Figures }): ReactElement => {
  const named = groupings[figures.by];
  if (figures.groups.length === 0)
    return (
      <Empty>
        <b>No action was accepted in this period.</b> Choose a longer period.
      </Empty>
    );
  return (
    <>
      <Table
        name={`Figures by ${named.toLowerCase()}`}
        head={[
          { text: named },
          num('Actions'),
          'By itself',
          num('Asked'),
          num('Refused'),
          num('Completed'),
          num('Rolled back'),
          num('Decided, median'),
          num('95 %'),
          num('Answered, median'),
          num('95 %'),
        ]}
      >
        {figures.groups.map((group) => (
          <tr key={group.name}>
            <td className="mono">
              {figures.by === 'action_type' ? (
                <Link to="/actions" search={{ type: group.name }}>
                  <UntrustedText linked text={group.name} />
                </Link>
              ) : (
                <UntrustedText text={group.name} />
              )}
            </td>
            <td className="num">{numberText(group.accepted, 0)}</td>
            <td>
              <span className="row" style={{ gap: 8 }}>
                <Bar share={group.started === 0 ? 0 : (100 * group.automatic) / group.started} width={72} />
                {shareText(group.automatic, group.started)}
              </span>
            </td>
            <td className="num">{numberText(group.asked, 0)}</td>
            <td className="num">{numberText(group.refused, 0)}</td>
            <td className="num">{numberText(group.completed, 0)}</td>
            <td className="num">{numberText(group.rolled_back, 0)}</td>
            <td className="num">{durationsText(group.decided_ms, 'median')}</td>
            <td className="num t2">{durationsText(group.decided_ms, 'p95')}</td>
            <td className="num">{durationsText(group.answered_ms, 'median')}</td>
            <td className="num t2">{durationsText(group.answered_ms, 'p95')}</td>
          </tr>
        ))}
      </Table>
      {figures.more ? <p className="note xs">Smaller groups are only in the totals.</p> : null}
    </>
  );
};

const Gates = ({ gates }: Pick<Figures, 'gates'>): ReactElement => (
  <Table
    name="Verdicts by gate"
    head={['Gate', num('Judged'), 'Passed', num('Asks a person'), num('Failed'), num('Error')]}
  >
    {gates.map(({ gate, verdicts }) => {
      const judged = Object.values(verdicts).reduce((sum, n) => sum + n, 0);
      return (
        <tr key={gate}>
          <td>{sentence(gate)}</td>
          <td className="num">{numberText(judged, 0)}</td>
          <td>
            <span className="row" style={{ gap: 8 }}>
              <Bar share={judged === 0 ? 0 : (100 * verdicts.pass) / judged} width={72} />
              {shareText(verdicts.pass, judged)}
            </span>
          </td>
          <td className="num">{numberText(verdicts.inconclusive, 0)}</td>
          <td className="num">{numberText(verdicts.fail, 0)}</td>
          <td className="num">{numberText(verdicts.error, 0)}</td>
        </tr>
      );
    })}
  </Table>
);

/**
 * The actions of the last hour, day or week: their number, their speed, and the verdicts of each
 * gate.
 */
export const FiguresPage = (): ReactElement => {
  const { over = 'day', by = 'action_type' } = route.useSearch();
  const navigate = useNavigate({ from: '/figures' });
  const { zone } = useStore(settings);
  const query = useQuery(figuresQuery(over, by));
  const timeText = (at: string): string =>
    over === 'week' ? momentText(at, zone, serverNow()) : clockText(at, zone).slice(0, 5);
  return (
    <>
      <Head title="Figures">
        <span className="sub hide-m">Dry runs are left out.</span>
        <span className="grow" />
        <SegmentedControl
          label="Period"
          value={over}
          choices={periods}
          onChoose={(chosen) => void navigate({ search: (old) => ({ ...old, over: chosen }) })}
        />
      </Head>
      <div className="col" style={{ gap: 12 }}>
        <Totals totals={query.data?.totals} />
        <StepsCard
          title={`Actions by ${stepWords[over]}`}
          about={`Actions by ${stepWords[over]}, last ${over}`}
          query={query}
          stepsIn={({ series }) => series.map((step) => ({ at: step.at, heights: heights(step) }))}
          parts={parts}
          head={`From, ${zoneName(zone)}`}
          timeText={timeText}
          tick={timeText}
        />
        <Card
          title="Breakdown"
          right={
            <SegmentedControl
              label="Grouped by"
              value={by}
              choices={groupings}
              onChoose={(chosen) => void navigate({ search: (old) => ({ ...old, by: chosen }) })}
            />
          }
        >
          <Loaded query={query} rows={4} what="figures">
            {(figures) => <Groups figures={figures} />}
          </Loaded>
        </Card>
        <Card title="Gate verdicts">
          <Loaded query={query} rows={4} what="figures">
            {({ gates }) => <Gates gates={gates} />}
          </Loaded>
        </Card>
      </div>
    </>
  );
};
