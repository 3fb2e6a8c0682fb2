import { Button } from '@mantine/core';
import type { LintFinding, LintReport } from '@interlock/policy';
import type { ReactElement } from 'react';
import { counted } from '../../format.js';
import { cols } from '../../ui/tables/Columns.js';
import { Glyph } from '../../ui/glyphs.js';
import { ActionButton, Empty } from '../../ui/parts.js';
import type { Lint } from './engine.js';
import { checkWord, severityLook, witnessText } from './finding-words.js';
import { cx } from '../../ui/cx.js';
import css from '../studio.module.css';

/** The number of findings by severity, beside the editor's name. */
export const LintCounts = ({ report }: { readonly report: LintReport }): ReactElement => (
  <>
    {(['error', 'warning', 'info'] as const)
      .filter((severity) => severity === 'error' || report.counts[severity] > 0)
      .map((severity) => {
        const none = severity === 'error' && report.counts.error === 0;
        const { kind, glyph } = none ? { kind: 'green', glyph: 'ok' as const } : severityLook[severity];
        return (
          <span key={severity} className={`chip k-${kind}`}>
            <Glyph name={glyph} kind={none ? 'green' : severityLook[severity].kind} />
            {severity === 'info' ? `${report.counts.info} info` : counted(report.counts[severity], severity)}
          </span>
        );
      })}
  </>
);

type LintPanelProps = {
  readonly lint: Lint;
  readonly findings: readonly LintFinding[];
  readonly current: LintFinding | undefined;
  /** Why findings cannot be fixed here; undefined if they can. */
  readonly off: string | undefined;
  readonly onGo: (finding: LintFinding) => void;
  readonly onFix: (finding: LintFinding) => void;
};
/**
 * Every finding of the analysis, the most serious first. Each links to its place in the text, where
 * it can be fixed.
 */
export const LintPanel = ({ lint, findings, current, off, onGo, onFix }: LintPanelProps): ReactElement => (
  <div>
    <p className="note xs" role="status">
      {lint.state === 'cannot'
        ? lint.why
        : lint.state === 'waiting'
          ? 'Checking the rules…'
          : findings.length === 0
            ? 'No problems, and every rule can be reached.'
            : 'Conflicts and reachability are computed exactly. Each comes with an example request.'}
    </p>
    {lint.last === undefined && lint.state !== 'cannot' ? null : findings.length === 0 ? (
      lint.state === 'told' ? (
        <Empty>
          <b>No finding.</b> Next: simulate it.
        </Empty>
      ) : null
    ) : (
      <ul
        aria-label="Findings"
        className="lines"
        style={cols('16px minmax(0, 1fr)', { gap: 8, align: 'start' })}
      >
        {findings.slice(0, 200).map((finding) => {
          const { kind, glyph } = severityLook[finding.severity];
          return (
            <li
              key={`${finding.check}${finding.pointer}${finding.message}`}
              className={cx(css['finding'], finding === current && 'sel')}
            >
              <Glyph name={glyph} kind={kind} size={14} />
              <div className="col" style={{ gap: 4, minWidth: 0 }}>
                <div className="long iso">
                  <b>{checkWord(finding.check)}.</b> {finding.message}
                </div>
                {finding.witness === null ? null : (
                  <div
                    className={cx(css['witness'], 'mono scroll iso')}
                    tabIndex={0}
                    role="group"
                    aria-label="Example request"
                  >
                    {witnessText(finding.witness)}
                  </div>
                )}
                <div className="row wrap">
                  <Button size="sm" onClick={() => onGo(finding)}>
                    Line {finding.line}
                  </Button>
                  {finding.suggestion.patch.length === 0 ? (
                    <span className="muted xs long iso">{finding.suggestion.text}</span>
                  ) : (
                    <ActionButton
                      size="sm"
                      off={off}
                      onAct={() => onFix(finding)}
                      label={`Fix: ${finding.suggestion.text}`}
                    >
                      <span className="long iso">Fix: {finding.suggestion.text}</span>
                    </ActionButton>
                  )}
                </div>
              </div>
            </li>
          );
        })}
      </ul>
    )}
    {findings.length > 200 ? <p className="note xs">The first 200 of {findings.length} are shown.</p> : null}
  </div>
);
