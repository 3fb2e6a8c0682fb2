import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The messages and states of a transcript; `fixtures/event-store-24.6/README.md` defines each
 * member.
 */
type Event = { readonly id: string; readonly type: string; readonly data: unknown };
export type Append = {
  readonly stream: string;
  readonly expected: string;
  readonly events: readonly Event[];
};
export type TranscriptRead = {
  readonly stream: string;
  readonly direction: 'forwards' | 'backwards';
  readonly from: string;
  readonly count: string;
};
export type Tombstone = { readonly stream: string; readonly expected: string };
/** `message` is the server's own text, which no client uses. */
export type AppendAnswer =
  | { readonly success: { readonly current_revision: string } }
  | { readonly error: { readonly code: number; readonly message?: string; readonly detail: string } };
export type ReadAnswer =
  | { readonly event: { readonly stream: string; readonly revision: string; readonly id: string } }
  | { readonly stream_not_found: { readonly stream: string } };
export type End = {
  readonly status: { readonly code: number; readonly details?: string };
  readonly trailers?: { readonly [name: string]: string };
};
export type Exchange = End &
  (
    | {
        readonly call: 'BatchAppend';
        readonly requests: readonly Append[];
        readonly answers: readonly (readonly AppendAnswer[])[];
      }
    | {
        readonly call: 'Read';
        readonly requests: readonly [TranscriptRead];
        readonly answers: readonly ReadAnswer[];
      }
    | { readonly call: 'Tombstone'; readonly requests: readonly [Tombstone] }
  );
export type Header = {
  readonly transcript: string;
  readonly server: string;
  readonly provenance: 'recorded' | 'derived';
  readonly sources: readonly string[];
};

const folder = fileURLToPath(new URL('../../../../fixtures/event-store-24.6/', import.meta.url));

/** The names of all transcripts. */
export const transcriptNames = (): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.ndjson'))
    .sort();

const linesOf = (name: string): readonly string[] =>
  readFileSync(`${folder}${name}`, 'utf8')
    .split('\n')
    .filter((line) => line !== '');

export const headerOf = (name: string): Header => JSON.parse(linesOf(name)[0] ?? '') as Header;

/** The exchanges of a transcript, with streams named by `stream` and fresh ids. */
export function exchangesOf(name: string, stream: (name: string) => string): readonly Exchange[] {
  const ids = new Map<string, string>();
  const idOf = (known: string): string => {
    const id = ids.get(known) ?? randomUUID();
    ids.set(known, id);
    return id;
  };
  const filled = (line: string): string =>
    line
      .replaceAll(/\{id:([a-z0-9-]+)\}/g, (_, known: string) => idOf(known))
      .replaceAll(/\{([a-z]+)\}/g, (_, known: string) => stream(known));
  return linesOf(name)
    .slice(1)
    .map((line) => JSON.parse(filled(line)) as Exchange);
}
