import { align, type Edit } from './file/align.js';
import type { LogSource, SealedFile } from './file/file.js';
import { gapsAround, isSpelling, nameLines, type Gap, type Named } from './names.js';
import { eventText, type EventName, type Fault, type Faults } from './report.js';

const listed = 100;
/**
 * The places where a line must not be called the signed one, because the hashes that it differs
 * from are not trusted.
 */
const doubt = ' (the hashes that it was compared with are not proved)';

/** The tree's leaf for each place of an export. */
export const leafIndex = (
  runs: readonly (readonly [first: number, count: number])[],
  place: number,
): number => {
  let left = place;
  for (const [first, count] of runs) {
    if (left < count) return first + left;
    left -= count;
  }
  return place;
};

const plural = (count: number, one: string): string => (count === 1 ? `1 ${one}` : `${count} ${one}s`);
const gapText = (gaps: readonly Gap[]): string =>
  gaps
    .slice(0, 3)
    .map(({ stream, revision }) => `${stream} revision ${revision}`)
    .join(', ') + (gaps.length > 3 ? ` and ${gaps.length - 3} more` : '');

/**
 * The differences between the lines of a file and the leaves in its seal. Each is named by reading
 * the file again.
 */
export const tellEdits = async (
  source: LogSource,
  file: SealedFile,
  proved: boolean,
  faults: Faults,
): Promise<void> => {
  const edits: Edit[] = [];
  let missing = 0;
  let more = 0;
  const leafOf = align(file.events, file.sealed, (edit) => {
    if (edit.kind === 'changed') missing += 1;
    if (edit.kind === 'dropped') missing += edit.count;
    if (edits.length < listed) edits.push(edit);
    else more += 1;
  });
  const wanted = new Set(edits.flatMap(({ line }) => [line - 1, line, line + 1]));
  const runs = file.seal?.runs ?? [];
  const { names, gaps } = await nameLines(source, wanted, leafOf, runs.length === 1 && runs[0]![0] === 0);
  const eventOf = (line: number): EventName | null => names.get(line)?.event ?? null;
  const faultOf = (line: number): string => {
    const fault = names.get(line)?.fault ?? null;
    return fault === null ? '' : `: it ${fault}`;
  };
  const lineText = (line: number): string =>
    eventOf(line) === null ? `line ${line + 1}` : `line ${line + 1}, ${eventText(eventOf(line)!)}`;
  /**
   * INVARIANT: a revision is attributed to a leaf only if each missing leaf leaves a gap, and only
   * one gap fits.
   */
  const surely = (around: readonly Gap[]): Gap | undefined =>
    around.length === 1 && missing === gaps.length ? around[0] : undefined;
  const place = (leaf: number): number => leafIndex(runs, leaf);

  const changed = (
    edit: Edit & { readonly kind: 'changed' },
  ): Partial<Fault> & Pick<Fault, 'kind' | 'what'> => {
    const now: Named = names.get(edit.line) ?? { event: null, fault: null, canonical: null };
    const fault = faultOf(edit.line);
    if (edit.among > 1)
      return {
        kind: 'changed',
        event: now.event,
        what: `replaces one of the ${edit.among} leaves from ${place(edit.leaf)} on, and is none of them${fault}`,
      };
    if (isSpelling(now, file.sealed.at(edit.leaf)))
      return {
        kind: 'spelling',
        leaf: place(edit.leaf),
        event: now.event,
        what: `is the signed event in a different spelling${fault}`,
      };
    const around = gapsAround(gaps, edit.leaf, 1);
    const fits = around.some(
      ({ stream, revision }) => stream === now.event?.stream && revision === now.event.revision,
    );
    const sure = fits ? undefined : surely(around);
    if (sure !== undefined)
      return {
        kind: 'changed',
        leaf: place(edit.leaf),
        event: {
          position: null,
          id: null,
          type: null,
          ...now.event,
          stream: sure.stream,
          revision: sure.revision,
        },
        what: `is not what was signed${fault}${now.event === null || fault !== '' ? '' : `: it says ${eventText(now.event)}`}`,
      };
    return {
      kind: 'changed',
      leaf: place(edit.leaf),
      event: now.event,
      what: `is not what was signed${fault}${fits || around.length === 0 ? '' : `; missing around it: ${gapText(around)}`}`,
    };
  };
  const dropped = ({
    line,
    leaf,
    count,
    among,
  }: Edit & { readonly kind: 'dropped' }): Partial<Fault> & Pick<Fault, 'kind' | 'what'> => {
    const atEnd = line >= file.events.size && leaf + count === file.sealed.size;
    const around =
      count === among
        ? gapsAround(gaps, leaf, count)
        : gaps.filter((gap) => gap.after < leaf + among && gap.before > leaf);
    const sure = count === 1 && among === 1 ? surely(around) : undefined;
    const which =
      among > count
        ? `${count} of the ${among} leaves from ${place(leaf)} on`
        : count === 1
          ? `leaf ${place(leaf)}`
          : `leaves ${place(leaf)} to ${place(leaf + count - 1)}`;
    const where = atEnd
      ? line === 0
        ? 'no event is left'
        : `the file ends after ${lineText(line - 1)}`
      : line === 0
        ? `before ${lineText(0)}`
        : line >= file.events.size
          ? `after ${lineText(line - 1)}`
          : `between ${lineText(line - 1)} and ${lineText(line)}`;
    return {
      kind: atEnd ? 'truncated' : 'dropped',
      line: null,
      leaf: place(leaf),
      count,
      event:
        sure === undefined
          ? null
          : { stream: sure.stream, revision: sure.revision, position: null, id: null, type: null },
      what: atEnd
        ? `${plural(count, 'event')} short of the seal (${which}): ${where}`
        : `${which} not in the file: ${where}${sure !== undefined || around.length === 0 ? '' : `; missing there: ${gapText(around)}`}`,
    };
  };
  const told = (edit: Edit): Partial<Fault> & Pick<Fault, 'kind' | 'what'> => {
    const event = eventOf(edit.line);
    switch (edit.kind) {
      case 'changed':
        return changed(edit);
      case 'dropped':
        return dropped(edit);
      case 'inserted':
        return { kind: 'inserted', event, what: `is not an event of the log${faultOf(edit.line)}` };
      case 'duplicate':
        return { kind: 'duplicate', leaf: place(edit.leaf), event, what: 'is in the file already' };
      case 'reordered': {
        const after = edit.line > 0 ? ` after ${lineText(edit.line - 1)}` : '';
        return {
          kind: 'reordered',
          leaf: place(edit.leaf),
          event,
          what: `is not where it belongs:${after}${after !== '' && eventOf(edit.line + 1) !== null ? ' and' : ''}${eventOf(edit.line + 1) === null ? '' : ` before ${lineText(edit.line + 1)}`}`,
        };
      }
    }
  };
  for (const edit of edits) {
    const fault = told(edit);
    faults.add({
      line: edit.line + 1,
      ...fault,
      file: source.name,
      what: `${fault.what}${proved ? '' : doubt}`,
    });
  }
  faults.total += more;
};
