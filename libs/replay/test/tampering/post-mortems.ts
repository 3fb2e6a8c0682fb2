import { postMortem, type StoryEvent } from '@interlock/alerting';
import { actorKey, parseStream } from '@interlock/contracts';
import { positionText, type RecordedEvent } from '@interlock/kernel';
import { correlationOf } from '@interlock/tree';
import { eventsIn, own } from './corpus.js';
import { textOf, type Part, type SealedEvents } from './sealed-events.js';

const rowOf = (event: RecordedEvent): StoryEvent => ({
  at: event.metadata.occurred_at,
  id: parseStream(event.stream)!.id,
  type: event.type,
  actor: actorKey(event.metadata.actor),
  text: `the words | of \`${event.type}\``,
  position: positionText(event.position),
});

/** The post-mortem of an incident, as `interlock incidents export` writes it, and its exports. */
export const postMortemOf = async (
  log: SealedEvents,
  tenant: string,
  stream: string,
  { brief = false }: { readonly brief?: boolean } = {},
): Promise<string> => {
  const events = log.events.filter((event) => event.stream === stream);
  const opened = events[0]!;
  const data = opened.data as {
    readonly severity: 'high';
    readonly title: string;
    readonly detail: string;
    readonly cause: { readonly event_id: string };
  };
  const links = events
    .filter(({ type }) => type === 'IncidentLinked')
    .map((event) => event.data as { readonly kind: 'alert'; readonly id: string; readonly stream: string });
  const alerts = links.filter(({ kind }) => kind === 'alert').map((link) => link.stream);
  const cause = log.events.findIndex(({ id }) => id === data.cause.event_id);
  const places = log.events.flatMap((event, leaf) =>
    parseStream(event.stream)?.tenant === tenant ? [leaf] : [],
  );
  const quoted = positionText(log.events[cause]!.position);
  const parts: readonly Part[] = [
    ...(brief ? [] : [{ tenant, filter: { correlation: correlationOf(opened) } }]),
    ...[stream, ...alerts].map((one) => ({ tenant, filter: { stream: one } })),
    {
      tenant,
      filter: { after: `${log.events[cause]!.position.commit - 1n}`, until: quoted },
      runs: [[places.indexOf(cause), 1]],
    },
  ];
  const exports: string[] = [];
  for (const part of parts) exports.push(textOf(await log.file(part, own)));
  const sealed = {
    exports,
    positions: new Set(exports.flatMap(eventsIn).map((e) => positionText(e.position))),
  };
  const timeline = log.events.filter((event) => [stream, ...alerts].includes(event.stream)).map(rowOf);
  return postMortem(
    {
      id: parseStream(stream)!.id,
      tenant_id: tenant,
      severity: data.severity,
      title: data.title,
      detail: data.detail,
      status: 'open',
      opened_at: opened.metadata.occurred_at,
      updated_at: events.at(-1)!.metadata.occurred_at,
      action_id: null,
      entity_id: null,
      cause: data.cause,
      links,
    },
    timeline,
    [{ alert: 'rollback', from: quoted, to: quoted }],
    sealed,
  );
};

/** Ways to tamper with a post-mortem, each with the place that the finding names. */
export const tamperings: readonly (readonly [
  what: string,
  change: (text: string) => string,
  says: RegExp,
])[] = [
  [
    'a row tells another time',
    (text) => text.replace(/^\| 20(\d\S+) \| IncidentOpened/m, '| 19$1 | IncidentOpened'),
    /^document line \d+: lists IncidentOpened/,
  ],
  [
    'a row tells another event',
    (text) => text.replace(/^(\| \S+) \| IncidentOpened/m, '$1 | IncidentResolved'),
    /^document line \d+: lists IncidentResolved/,
  ],
  [
    'a row names another person',
    (text) => text.replace(/^(\| \S+ \| IncidentOpened) \| \S+/m, '$1 | person:somebody'),
    /^document line \d+: lists IncidentOpened/,
  ],
  [
    'a row is left out',
    (text) => text.replace(/^\| \S+ \| IncidentOpened .*\n/m, ''),
    /^document line null: leaves IncidentOpened/,
  ],
  [
    'a row is there twice',
    (text) => text.replace(/^(\| \S+ \| IncidentOpened .*\n)/m, '$1$1'),
    /^document line \d+: lists position \d+ twice/,
  ],
  [
    'a row is none',
    (text) => text.replace(/^\| (\S+) \| IncidentOpened/m, '| $1 IncidentOpened'),
    /^document line \d+: is not a row/,
  ],
  [
    'an event is made up',
    (text) =>
      text.replace(/^(\| \S+ \| )IncidentOpened( .*)\| \d+ \|$/m, '$&\n$1IncidentResolved$2| 99999999 |'),
    /^document line \d+: lists position 99999999/,
  ],
  [
    'the severity is another',
    (text) => text.replace(/^\| severity \| \w+/m, '| severity | low'),
    /^document line null: says that its severity/,
  ],
  [
    'the cause is another',
    (text) => text.replace(/^(\| cause \| )\S+/m, '$1Nothing'),
    /^document line null: says that its cause/,
  ],
  [
    'the incident is another',
    (text) => text.replace(/^\| incident \| .*/m, '| incident | other |'),
    /^document line null: is about the incident `other`/,
  ],
  [
    'the heading is there twice',
    (text) => text.replace(/^\| severity .*\n/m, '$&$&'),
    /^document line \d+: names its severity twice/,
  ],
  [
    'the evidence is elsewhere',
    (text) => text.replace(/^- position \d+/m, '- position 99999999'),
    /^document line \d+: names position 99999999/,
  ],
  [
    'a sealed event is another',
    (text) => text.replace('"type":"IncidentOpened"', '"type":"IncidentNoted"'),
    /^changed line \d+: /,
  ],
  [
    'a sealed event is left out',
    (text) => text.replace(/^\{.*"type":"IncidentOpened".*\n/m, ''),
    /^(dropped|truncated) line (\d+|null): /,
  ],
  [
    'a seal is cut off',
    (text) => text.replace(/^\{"seal":\{"checkpoint".*\n/m, ''),
    /^seal line \d+: the seal is not whole/,
  ],
  [
    'the exports are left out',
    (text) => text.slice(0, text.indexOf('```interlock-export')),
    /^document line null: has no sealed export/,
  ],
  [
    'the document breaks off',
    (text) => text.slice(0, text.lastIndexOf('```')),
    /^document line \d+: breaks off within a sealed export/,
  ],
];
