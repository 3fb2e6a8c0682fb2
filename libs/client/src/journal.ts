import { randomUUID } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { JsonValue } from '@interlock/contracts';

/** How far the handler of a governed tool came with an action. */
export type Progress = 'running' | 'applied' | 'failed' | 'unknown' | 'refused' | 'undoing' | 'undone';
/** An open call of a governed tool: its intent, and its action once Interlock has accepted it. */
export type Call = {
  readonly intentId: string;
  readonly actionId?: string;
  readonly position?: string;
};
type Known = { readonly progress: Progress; readonly result?: JsonValue };
/** One line of the file: the new value of a call or of an action. */
type Line =
  { readonly key: string; readonly call: Call | null } | { readonly action: string; readonly known: Known };

/** Older results are dropped. Their calls then return words instead. */
const keptResults = 1000;

/**
 * What governed tools remember: their open calls, and how far each action came. It lives in memory,
 * or in a file of one process, so that a program that starts again resumes its calls.
 */
export class Journal {
  /** True if the journal has a file. */
  readonly isKept: boolean;
  readonly #file: string | undefined;
  readonly #calls = new Map<string, Call>();
  readonly #actions = new Map<string, Known>();
  /** The actions with a result, oldest first. */
  readonly #results = new Set<string>();

  /** Reads the file if it exists. Throws if it is not a journal. */
  constructor(file?: string) {
    this.#file = file;
    this.isKept = file !== undefined;
    if (file === undefined || !existsSync(file)) return;
    const lines = readFileSync(file, 'utf8').split('\n');
    // A crash may leave half a line, and only as the last one.
    lines.pop();
    for (const line of lines) this.#read(JSON.parse(line) as Line);
    // Nobody can say how far the previous process came.
    for (const [id, { progress }] of this.#actions)
      if (progress === 'running' || progress === 'undoing') this.#actions.set(id, { progress: 'unknown' });
    const now: readonly Line[] = [
      ...[...this.#calls].map(([key, call]): Line => ({ key, call })),
      ...[...this.#actions].map(([action, known]): Line => ({ action, known })),
    ];
    writeFileSync(`${file}.new`, now.map((line) => `${JSON.stringify(line)}\n`).join(''), {
      mode: 0o600,
      flush: true,
    });
    renameSync(`${file}.new`, file);
  }

  /** The open call of a key; opens one if there is none. */
  open(key: string): Call {
    const known = this.#calls.get(key);
    if (known !== undefined) return known;
    const call = { intentId: `governed-${randomUUID()}` };
    this.#write({ key, call });
    return call;
  }

  /** Notes the action of an open call. */
  accept(key: string, actionId: string, position: string): void {
    const call = this.#calls.get(key);
    if (call !== undefined) this.#write({ key, call: { ...call, actionId, position } });
  }

  /** Drops an open call whose intent was refused. */
  forget(key: string): void {
    if (this.#calls.get(key)?.actionId === undefined) this.#write({ key, call: null });
  }

  /** Ends the open call of an action: the next identical call is a new one. */
  close(actionId: string): void {
    const key = this.#entryOf(actionId)?.[0];
    if (key !== undefined) this.#write({ key, call: null });
  }

  /** The position of an open call's action. */
  position(actionId: string): string | undefined {
    return this.#entryOf(actionId)?.[1].position;
  }

  /**
   * Writes the beginning of an action, and returns undefined. Returns the known progress instead if
   * there is one.
   */
  begin(actionId: string, progress: Progress): Progress | undefined {
    const known = this.progress(actionId);
    if (known === undefined) this.end(actionId, progress);
    return known;
  }

  /** Writes how far an action came, with its result. */
  end(actionId: string, progress: Progress, result?: JsonValue): void {
    const known = result === undefined ? { progress } : { progress, result };
    this.#write({ action: actionId, known });
  }

  progress(actionId: string): Progress | undefined {
    return this.#actions.get(actionId)?.progress;
  }

  /** The result of an applied action; undefined if it is not here. */
  result(actionId: string): JsonValue | undefined {
    const known = this.#actions.get(actionId);
    return known?.progress === 'applied' ? known.result : undefined;
  }

  #entryOf(actionId: string): readonly [string, Call] | undefined {
    return [...this.#calls].find(([, call]) => call.actionId === actionId);
  }

  #write(line: Line): void {
    if (this.#file !== undefined)
      appendFileSync(this.#file, `${JSON.stringify(line)}\n`, { mode: 0o600, flush: true });
    this.#read(line);
  }

  #read(line: Line): void {
    if ('key' in line) {
      if (line.call === null) this.#calls.delete(line.key);
      else this.#calls.set(line.key, line.call);
      return;
    }
    const { action, known } = line;
    this.#actions.set(action, known);
    this.#results.delete(action);
    if (known.result !== undefined) this.#results.add(action);
    const [oldest] = this.#results;
    if (this.#results.size <= keptResults || oldest === undefined) return;
    this.#results.delete(oldest);
    const { progress } = this.#actions.get(oldest) ?? { progress: 'unknown' };
    this.#actions.set(oldest, { progress });
  }
}
