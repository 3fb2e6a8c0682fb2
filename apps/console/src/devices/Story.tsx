import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Fragment, useState, type ReactElement } from 'react';
import { leafName } from '../action/words.js';
import { clockText, counted, shortId } from '../format.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { cols } from '../ui/tables/Columns.js';
import { Glyph } from '../ui/glyphs.js';
import { Empty, Loaded } from '../ui/parts.js';
import { SegmentedControl } from '../ui/forms/SegmentedControl.js';
import { stepWords, type Story } from './steps.js';
import { cx } from '../ui/cx.js';
import { Hint } from '../ui/Tooltip.js';
import css from './devices.module.css';
import { routeQuery } from '../api/route-query.js';

const storyQuery = (device: string, tx: string) =>
  routeQuery('/api/v1/devices/{id}/transactions/{tx}', ['devices', 'story', device, tx], {
    path: { id: device, tx },
  });

const Steps = ({ story }: { readonly story: Story }): ReactElement => {
  const { zone } = useStore(settings);
  return (
    <ol className="rail" aria-label="Steps of the change">
      {story.steps.map((step) => {
        const { no, kind, glyph, title, text } = stepWords(step);
        return (
          <li key={step.revision} className={kind === 'red' ? 'bad' : ''}>
            <span className="tm">{no === 0 ? '' : no}</span>
            <span className="mk">
              <Glyph name={glyph} kind={kind} size={15} />
            </span>
            <div className="sm t2">
              <div className="row top-aligned">
                <Text c="var(--text)" fw={550} fz="sm">
                  {title}
                </Text>
                <span className="ml xs muted mono">{clockText(step.at, zone, true)}</span>
              </div>
              <span className="long iso">{text}</span>
            </div>
          </li>
        );
      })}
    </ol>
  );
};

const value = (text: string | null): string => text ?? 'not there';

/** Each leaf with its edit and its inverse side by side. Values are never truncated. */
const Leaves = ({ story }: { readonly story: Story }): ReactElement => (
  <div className="grid mono" style={{ ...cols('1fr 1fr'), fontSize: 12, padding: '2px 12px 12px' }}>
    <span className="muted">Edit</span>
    <span className="muted">Inverse, journalled before</span>
    {story.changes.map(({ path, before, after }) => (
      <Fragment key={path}>
        <div className="all muted long" style={{ marginTop: 6 }}>
          <Hint label={path}>{leafName(path)}</Hint>
        </div>
        <span className="is iso">
          {value(before)} → {value(after)}
        </span>
        <span className="back iso">
          {value(after)} → {value(before)}
        </span>
      </Fragment>
    ))}
  </div>
);

const Xml = ({ name, xml }: { readonly name: string; readonly xml: string | null }): ReactElement => (
  <div style={{ minWidth: 0 }}>
    <b className="sm">{name}</b>
    <pre className="js" tabIndex={0} aria-label={name}>
      {xml ?? 'not written'}
    </pre>
  </div>
);

const Rpcs = ({ story }: { readonly story: Story }): ReactElement => (
  <ol className="lines" style={cols('minmax(0, 1fr)', { pad: 5 })}>
    {story.steps
      .flatMap(({ exchanges }) => exchanges)
      .map(({ at, operation, sent, outcome, detail, ms }) => (
        <li key={`${at}${operation}`}>
          <details>
            <summary className="mono">
              {operation} <span className={outcome === 'ok' ? 'grn' : 'red'}>{outcome}</span>{' '}
              <span className="muted">{ms} ms</span>
            </summary>
            {detail === null ? null : <p className="sm red long iso">{detail}</p>}
            <pre className="js" tabIndex={0}>
              {sent}
            </pre>
          </details>
        </li>
      ))}
  </ol>
);

/** The end of the timer after which the device takes an unconfirmed change back by itself. */
const timerOf = ({ steps }: Story): string | undefined =>
  steps.findLast(({ timer_ends_at: end }) => end !== null)?.timer_ends_at ?? undefined;

type View = 'leaves' | 'xml' | 'rpcs';

type TransactionStoryProps = {
  readonly device: string;
  readonly tx: string;
};
/** One change of a device: its steps, and each edit beside its inverse. */
export const TransactionStory = ({ device, tx }: TransactionStoryProps): ReactElement => {
  const query = useQuery(storyQuery(device, tx));
  const [view, setView] = useState<View>('leaves');
  const { zone } = useStore(settings);
  return (
    <Loaded query={query} rows={8} what="the change">
      {(story) => (
        <div
          className={cx(css['halves'], 'grid')}
          style={cols('minmax(0, 1fr) minmax(0, 1fr)', {
            narrow: 'minmax(0, 1fr)',
            gap: 0,
            align: 'stretch',
          })}
        >
          <section aria-label="Steps">
            <Steps story={story} />
            {timerOf(story) === undefined ? null : (
              <p className="xs muted b">
                Had every process stopped meanwhile, the device itself would have taken it back at{' '}
                {clockText(timerOf(story) ?? '', zone)}.
              </p>
            )}
            {story.pre_image_hash === null ? null : (
              <p className="xs muted b">
                Pre-image <span className="mono">{shortId(story.pre_image_hash)}</span>
              </p>
            )}
          </section>
          <section aria-label="Leaves">
            <h3 className="line">
              {counted(story.changes.length, 'leaf', 'leaves')}
              <span className="ml">
                <SegmentedControl
                  label="View of the diff"
                  value={view}
                  choices={{ leaves: 'Leaves', xml: 'XML', rpcs: 'RPCs' }}
                  onChoose={setView}
                />
              </span>
            </h3>
            {story.changes.length === 0 && view === 'leaves' ? (
              <Empty>Nothing was prepared for the device.</Empty>
            ) : view === 'leaves' ? (
              <Leaves story={story} />
            ) : view === 'xml' ? (
              <div className="b fm">
                <Xml name="Edit" xml={story.edit_xml} />
                <Xml name="Inverse, journalled before" xml={story.inverse_xml} />
              </div>
            ) : (
              <Rpcs story={story} />
            )}
          </section>
        </div>
      )}
    </Loaded>
  );
};
