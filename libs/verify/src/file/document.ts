import { actorKey, parseStream, streamName, type Actor } from '@interlock/contracts';
import { positionText, type RecordedEvent } from '@interlock/kernel';
import { isSealLine, readExportedLine } from '@interlock/tree';
import type { LogSource } from './file.js';
import { LineSplitter, lineFeed, textOf } from './lines.js';
import { Faults, type Fault } from '../report.js';

/** A sealed export in a document, and the line of the document before its first one. */
type DocumentPart = { readonly source: LogSource; readonly before: number };
/** A post-mortem: text about an incident, with sealed exports of its events. */
export type ReadDocument = {
  readonly parts: readonly DocumentPart[];
  /** Where the text contradicts the events in the exports. */
  readonly faults: readonly Fault[];
  /** Events that the text names, and that no checkpoint covered when it was made. */
  readonly unsealed: number;
};

/** The first bytes of a post-mortem, and of no other file. */
export const documentBegins = new TextEncoder().encode('# Post-mortem: ');
const begins = documentBegins;
const opening = '```interlock-export';
const closing = '```';
const timelineHead = ['| time | event | who | what | position |', '| --- | --- | --- | --- | --- |'];

const isDocument = async (source: LogSource): Promise<boolean> => {
  let read = new Uint8Array();
  for await (const chunk of source.open()) {
    read = Uint8Array.from([...read, ...chunk.subarray(0, begins.length - read.length)]);
    if (read.length === begins.length) break;
  }
  return read.length === begins.length && begins.every((byte, i) => read[i] === byte);
};

/** The bytes of a source from one place up to another. */
const sliced = (source: LogSource, name: string, from: number, to: number): LogSource => ({
  name,
  async *open() {
    let at = 0;
    for await (const chunk of source.open()) {
      const part = chunk.subarray(Math.max(0, from - at), Math.max(0, to - at));
      at += chunk.length;
      if (part.length > 0) yield part;
      if (at >= to) return;
    }
  },
});

/** Who wrote an event; empty if its metadata do not say it. */
const writtenBy = ({ metadata: { actor } }: RecordedEvent): string =>
  typeof actor === 'object' && (actor as Actor | null) !== null ? actorKey(actor) : '';

/** Text as it was before Markdown's special characters were escaped. */
const plain = (text: string): string => text.replace(/\\([\\|<>[\]*_`])/g, '$1');

type Row = {
  readonly line: number;
  readonly at: string;
  readonly type: string;
  readonly who: string;
  readonly position: string;
};

/** Reads a document once, from the first to the last line. */
class DocumentReader {
  readonly faults = new Faults();
  readonly parts: { readonly before: number; readonly from: number; to: number }[] = [];
  unsealed = 0;
  readonly #events = new Map<string, RecordedEvent>();
  readonly #heading = new Map<string, string>();
  readonly #rows: Row[] = [];
  readonly #evidence: { readonly line: number; readonly position: string }[] = [];
  #section = '';
  #line = 0;
  #at = 0;
  #isInPart = false;

  constructor(private readonly file: string) {}

  take(bytes: Uint8Array | null): void {
    this.#line += 1;
    const from = this.#at;
    this.#at += (bytes?.length ?? 0) + 1;
    const text = bytes === null ? undefined : textOf(bytes);
    if (text === undefined) this.#fault('is not text', this.#line);
    else if (this.#isInPart && text === closing) this.#endPart(from);
    else if (this.#isInPart) this.#takeSealed(text);
    else if (text === opening) {
      this.#isInPart = true;
      this.parts.push({ before: this.#line, from: this.#at, to: Infinity });
    } else this.#takeText(text);
  }

  /** Compares the text with the events, once all lines are read. */
  end(): void {
    if (this.parts.length === 0) this.#fault('has no sealed export: nothing proves its text');
    if (this.#isInPart) this.#fault('breaks off within a sealed export', this.#line);
    this.#checkHeading();
    for (const one of this.#rows) this.#checkRow(one);
    for (const { line, position } of this.#evidence)
      if (!this.#events.has(position))
        this.#fault(`names position ${position}, which is in none of its sealed exports`, line);
    this.#tellLeftOut();
  }

  #fault(what: string, line: number | null = null): void {
    this.faults.add({ kind: 'document', file: this.file, line, what });
  }

  #endPart(at: number): void {
    this.#isInPart = false;
    this.parts.at(-1)!.to = at;
  }

  #takeSealed(text: string): void {
    if (isSealLine(text)) return;
    const read = readExportedLine(text);
    if ('event' in read) this.#events.set(positionText(read.event.position), read.event);
  }

  #takeText(text: string): void {
    if (text.startsWith('#')) this.#section = text;
    if (this.#section === '## Timeline' && text.startsWith('|')) this.#takeRow(text);
    else if (this.#section === '## Evidence') {
      const position = /^- position (\d+(?:\/\d+)?), /.exec(text)?.[1];
      if (position !== undefined) this.#evidence.push({ line: this.#line, position });
      if (text.startsWith('- not sealed yet: ')) this.unsealed += 1;
    } else if (this.#section.startsWith('# ')) {
      const [, name, value] = /^\| (\w+) \| (.*) \|$/.exec(text) ?? [];
      if (name !== undefined && value !== undefined && this.#heading.has(name))
        this.#fault(`names its ${name} twice`, this.#line);
      else if (name !== undefined && value !== undefined) this.#heading.set(name, plain(value));
    }
  }

  #takeRow(text: string): void {
    if (timelineHead.includes(text)) return;
    // A vertical line within a cell is escaped, so this divides the row into its cells.
    const [at = '', type = '', who = '', , position = '', ...rest] = text.slice(2, -2).split(' | ');
    if (position === '' || rest.length > 0) this.#fault('is not a row of a timeline', this.#line);
    else this.#rows.push({ line: this.#line, at, type, who: plain(who), position });
  }

  #checkHeading(): void {
    const [tenant, id] = ['tenant', 'incident'].map((name) => this.#heading.get(name) ?? '');
    const stream = streamName('incident', tenant!, id!);
    const opened = [...this.#events.values()].find(
      (event) => event.stream === stream && event.type === 'IncidentOpened',
    );
    if (opened === undefined) {
      this.#fault(`is about the incident \`${id}\`, which none of its sealed exports opens`);
      return;
    }
    const { severity, cause } = opened.data as {
      readonly severity?: string;
      readonly cause?: { readonly event_id?: string; readonly type?: string; readonly stream?: string };
    };
    const expected = {
      severity: `${severity}`,
      opened: `${opened.metadata.occurred_at}`,
      cause: `${cause?.type} in ${cause?.stream}, event ${cause?.event_id}`,
    };
    for (const [name, value] of Object.entries(expected))
      if (this.#heading.get(name) !== value)
        this.#fault(
          `says that its ${name} is \`${this.#heading.get(name) ?? ''}\`; the log says \`${value}\``,
        );
  }

  #checkRow({ line, at, type, who, position }: Row): void {
    const event = this.#events.get(position);
    if (event === undefined) {
      this.#fault(`lists position ${position}, which is in none of its sealed exports`, line);
      return;
    }
    const { occurred_at: occurredAt } = event.metadata;
    const by = writtenBy(event);
    if (Date.parse(at) !== Date.parse(`${occurredAt}`) || type !== event.type || who !== by)
      this.#fault(
        `lists ${type} at ${at} by ${who}; the log has ${event.type} at ${occurredAt} by ${by} at position ${position}`,
        line,
      );
  }

  /** Every event of the incident and of its linked alerts has one row. */
  #tellLeftOut(): void {
    const rows = new Map<string, number>();
    for (const { line, position } of this.#rows) {
      if (rows.has(position)) this.#fault(`lists position ${position} twice`, line);
      rows.set(position, line);
    }
    const own = streamName(
      'incident',
      this.#heading.get('tenant') ?? '',
      this.#heading.get('incident') ?? '',
    );
    const streams = new Set([own]);
    for (const event of this.#events.values())
      if (event.stream === own && event.type === 'IncidentLinked') {
        const { kind, stream } = event.data as { readonly kind?: string; readonly stream?: string };
        if (kind === 'alert' && parseStream(`${stream}`) !== undefined) streams.add(`${stream}`);
      }
    for (const stream of streams)
      if (![...this.#events.values()].some((event) => event.stream === stream))
        this.#fault(`lacks the events of \`${stream}\`, which the incident is linked to`);
    for (const [position, event] of this.#events)
      if (streams.has(event.stream) && !rows.has(position))
        this.#fault(
          `leaves ${event.type} of \`${event.stream}\` at position ${position} out of its timeline`,
        );
  }
}

/** Reads a source that is a post-mortem; null if it is none. */
export const readDocument = async (source: LogSource): Promise<ReadDocument | null> => {
  if (!(await isDocument(source))) return null;
  const reader = new DocumentReader(source.name);
  let last: number | undefined = lineFeed;
  const splitter = new LineSplitter((bytes) => reader.take(bytes));
  for await (const chunk of source.open()) {
    splitter.take(chunk);
    last = chunk.at(-1) ?? last;
  }
  if (last !== lineFeed) splitter.end();
  reader.end();
  return {
    parts: reader.parts.map(({ before, from, to }) => ({
      source: sliced(source, `${source.name} after line ${before}`, from, to),
      before,
    })),
    faults: reader.faults.list,
    unsealed: reader.unsealed,
  };
};
