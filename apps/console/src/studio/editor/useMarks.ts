import type { LintFinding } from '@interlock/policy';
import { useMemo, useRef } from 'react';
import type { Block } from './editor-blocks.js';
import { checkWord, sameFinding, witnessText } from '../analysis/finding-words.js';
import type { Mark } from './JsonEditor.js';
import { changedLines } from './lines.js';
import { rangeOf } from './text.js';
import type { Document } from './useDocument.js';

/**
 * The marks of the findings in the editor: underlines, and boxes below the lines for serious
 * findings and for the selected one.
 */
export const useMarks = ({
  doc,
  findings,
  current,
  selected,
  fix,
}: {
  readonly doc: Document;
  readonly findings: readonly LintFinding[];
  readonly current: LintFinding | undefined;
  readonly selected: number | undefined;
  /** Fixes a finding; undefined if the text is read-only. */
  readonly fix: ((finding: LintFinding) => void) | undefined;
}): {
  readonly marks: readonly Mark[];
  readonly blocks: readonly Block[];
  readonly chosen: { readonly from: number; readonly to: number } | undefined;
  readonly lines: readonly number[];
} => {
  // A button in the text outlives changes of that text, so it must call the latest function.
  const latest = useRef(fix);
  latest.current = fix;
  const fixable = fix !== undefined;
  const marks = useMemo(
    () => [
      ...doc.parsed.faults.map(({ from, to, message }) => ({
        from,
        to: Math.max(to, from + 1),
        severity: 'error' as const,
        message,
      })),
      ...(doc.parsed.faults.length > 0
        ? []
        : findings.slice(0, 300).map((finding) => ({
            ...narrow(rangeOf(doc.parsed.tree, finding.pointer), doc.text),
            severity: finding.severity,
            message: `${checkWord(finding.check)}: ${finding.message}`,
          }))),
    ],
    [doc.parsed, findings, doc.text],
  );
  const blocks = useMemo(
    () =>
      doc.parsed.faults.length > 0
        ? []
        : findings
            .filter((one) => one.severity !== 'info' || (current !== undefined && sameFinding(one, current)))
            .slice(0, 30)
            .map((finding) => ({
              key: `${finding.check}${finding.pointer}`,
              at: rangeOf(doc.parsed.tree, finding.pointer).from,
              severity: finding.severity,
              title: checkWord(finding.check),
              message: finding.message,
              witness: finding.witness === null ? undefined : witnessText(finding.witness),
              actions:
                fixable && finding.suggestion.patch.length > 0
                  ? [
                      {
                        label: `Fix: ${finding.suggestion.text}`,
                        act: () => latest.current?.(finding),
                      },
                    ]
                  : [],
            })),
    [doc.parsed, findings, current, fixable],
  );
  const chosen = useMemo(
    () =>
      selected === undefined || doc.parsed.faults.length > 0
        ? undefined
        : rangeOf(doc.parsed.tree, `/rules/${selected}`),
    [doc.parsed, selected],
  );
  const lines = useMemo(() => changedLines(doc.saved, doc.text), [doc.saved, doc.text]);
  return { marks, blocks, chosen, lines };
};

/** Limits an underline to the first line of its range. */
const narrow = ({ from, to }: { from: number; to: number }, text: string): { from: number; to: number } => {
  const end = text.indexOf('\n', from);
  return { from, to: end === -1 ? to : Math.max(from + 1, Math.min(to, end)) };
};
