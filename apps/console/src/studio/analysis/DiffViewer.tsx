import type { LintFinding, SemanticDiff } from '@interlock/policy';
import { lazy, Suspense, type ReactElement } from 'react';
import { counted, plainValue } from '../../format.js';
import { UntrustedText, Skeleton } from '../../ui/parts.js';
import type { EngineAnswer } from './engine.js';
import type { DiffReport } from './analysis.js';
import { Arrow, flipCols } from './Flips.js';
import { witnessText } from './finding-words.js';

const MergeView = lazy(() =>
  import('../editor/MergeView.js').then(({ MergeView: view }) => ({ default: view })),
);

const verdict = (finding: SemanticDiff['changed'], yes: string, no: string): string =>
  finding === 'yes' ? yes : finding === 'no' ? no : 'could not be determined in time';

const Semantic = ({ semantic }: { readonly semantic: SemanticDiff }): ReactElement => (
  <section aria-label="By meaning">
    <div className="b bb">
      <b>By meaning</b>
      <dl className="kv" style={{ marginTop: 6 }}>
        <dt>Any decision</dt>
        <dd>{verdict(semantic.changed, 'changes for some request', 'changes for no request')}</dd>
        <dt>More permissive</dt>
        <dd className={semantic.more_permissive === 'yes' ? 'ylw' : ''}>
          {verdict(semantic.more_permissive, 'for some request', 'for none')}
        </dd>
        <dt>More restrictive</dt>
        <dd>{verdict(semantic.more_restrictive, 'for some request', 'for none')}</dd>
      </dl>
    </div>
    {semantic.examples.length === 0 ? null : (
      <ul aria-label="Example requests">
        {semantic.examples.slice(0, 60).map((example, i) => (
          <li key={i} className="grid bb" style={flipCols}>
            <Arrow from={example.from} to={example.to} />
            <span className="muted xs">
              {example.before === null ? 'no rule' : <UntrustedText text={example.before} />} →{' '}
              {example.after === null ? 'no rule' : <UntrustedText text={example.after} />}
            </span>
            <span className="all sm muted mono long iso">{witnessText(example)}</span>
          </li>
        ))}
      </ul>
    )}
    {semantic.truncated || semantic.examples.length > 60 ? (
      <p className="note xs">There are more. Each rule and each kind of change is shown once.</p>
    ) : null}
  </section>
);

const Textual = ({ textual }: { readonly textual: DiffReport['textual'] }): ReactElement => (
  <section aria-label="By rule">
    <p className="b bb">
      <b>By rule</b>{' '}
      <span className="t2">
        {counted(textual.added.length, 'rule')} added, {textual.removed.length} removed,{' '}
        {textual.modified.length} changed, {textual.unchanged.length} unchanged
      </span>
    </p>
    <ul aria-label="Changed rules">
      {textual.added.slice(0, 100).map((id) => (
        <li key={`+${id}`} className="grid bb" style={flipCols}>
          <span className="grn">
            + <UntrustedText text={id} />
          </span>
        </li>
      ))}
      {textual.removed.slice(0, 100).map((id) => (
        <li key={`-${id}`} className="grid bb" style={flipCols}>
          <span className="red">
            − <UntrustedText text={id} />
          </span>
        </li>
      ))}
      {textual.changes.slice(0, 100).map(({ rule_id: id, fields }) => (
        <li key={id} className="grid bb" style={flipCols}>
          <UntrustedText text={id} />
          <ul className="all sm muted">
            {fields.map(({ field, from, to }) => (
              <li key={field} className="long iso">
                {field}: <del>{plainValue(from)}</del> <ins>{plainValue(to)}</ins>
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ul>
  </section>
);

type SideBySideProps = {
  readonly before: string;
  readonly after: string;
  readonly names: readonly [string, string];
};
/** Two texts side by side in the editor's own diff view, which is loaded when it is first shown. */
export const SideBySide = ({ before, after, names }: SideBySideProps): ReactElement => (
  <Suspense fallback={<Skeleton rows={6} />}>
    <MergeView before={before} after={after} names={names} />
  </Suspense>
);

type DiffViewerProps = {
  readonly answer: EngineAnswer<DiffReport>;
  /** True if there is another bundle to compare with. */
  readonly comparable: boolean;
  readonly names: readonly [string, string];
};
/** The differences between two bundles, by meaning and by rule. */
export const DiffViewer = ({ answer, comparable, names }: DiffViewerProps): ReactElement => {
  if (!comparable)
    return <p className="note">There is no other bundle to compare it with. No other bundle is active.</p>;
  return (
    <div>
      <p className="note xs" role="status">
        {answer.state === 'cannot'
          ? answer.why
          : answer.state === 'waiting'
            ? 'Comparing…'
            : `From ${names[0]} to ${names[1]}, decided exactly over all requests.`}
      </p>
      {answer.last === undefined ? null : (
        <>
          <Semantic semantic={answer.last.semantic} />
          <Textual textual={answer.last.textual} />
        </>
      )}
    </div>
  );
};

type InvariantsProps = {
  readonly invariants: readonly {
    readonly id: string;
    readonly description: string;
    readonly never: string;
  }[];
  readonly findings: readonly LintFinding[];
};
/** The tenant's invariants, which no bundle may violate, and whether the text keeps them. */
export const Invariants = ({ invariants, findings }: InvariantsProps): ReactElement =>
  invariants.length === 0 ? (
    <p className="note">
      <b>No invariant is set.</b> An invariant forbids a decision to every bundle, for example ALLOW for a
      deletion in production.
    </p>
  ) : (
    <ul aria-label="Invariants">
      {invariants.map(({ id, description, never }) => {
        const broken = findings.find(
          ({ check, message }) => check === 'invariants' && message.includes(`\`${id}\``),
        );
        return (
          <li key={id} className="grid bb" style={flipCols}>
            <span>
              <UntrustedText text={id} />
            </span>
            <span className={broken === undefined ? 'grn' : 'red'}>
              {broken === undefined ? 'holds' : 'broken'}
            </span>
            <span className="all sm muted long iso">
              Never {never}: {description}
              {broken?.witness === null || broken === undefined ? '' : `. ${witnessText(broken.witness)}`}
            </span>
          </li>
        );
      })}
    </ul>
  );
