import type { LintReport } from '@interlock/policy';
import { lazy, Suspense, type ReactElement } from 'react';
import { Card, Skeleton } from '../../ui/parts.js';
import { cx } from '../../ui/cx.js';
import type { EditorProps } from './JsonEditor.js';
import { LintCounts } from '../analysis/LintPanel.js';
import { ruleAtOffset } from './text.js';
import type { Document } from './useDocument.js';
import css from '../studio.module.css';

const JsonEditor = lazy(() =>
  import('./JsonEditor.js').then(({ JsonEditor: editor }) => ({ default: editor })),
);

/** The bundle's text in the editor, which is loaded when it is first shown. */
export const EditorCard = ({
  doc: { text, set, parsed },
  report,
  marks,
  blocks,
  onRule,
  ...editor
}: Pick<EditorProps, 'chosen' | 'changedLines' | 'reveal' | 'readOnly' | 'vocabulary' | 'keys'> & {
  readonly doc: Document;
  readonly report: LintReport | undefined;
  readonly marks: EditorProps['findings'];
  readonly blocks: EditorProps['shown'];
  /** Called when the cursor moves into the rule at this index. */
  readonly onRule: (place: number) => void;
}): ReactElement => (
  <Card
    title="bundle.json"
    className={cx(css['editor'])}
    extra={report === undefined ? undefined : <LintCounts report={report} />}
  >
    <Suspense fallback={<Skeleton rows={12} />}>
      <JsonEditor
        text={text}
        onText={set}
        onCursor={(at) => {
          const place = ruleAtOffset(parsed.tree, at);
          if (place !== undefined) onRule(place);
        }}
        findings={marks}
        shown={blocks}
        {...editor}
      />
    </Suspense>
    <div className="xs bt" style={{ padding: '7px 12px' }}>
      {parsed.faults[0] === undefined ? null : (
        <p className="red long" role="alert">
          {parsed.faults[0].message}
        </p>
      )}
      <p className="muted hide-m">
        <kbd>F8</kbd> next finding <kbd>Ctrl .</kbd> fix <kbd>Ctrl S</kbd> save
      </p>
    </div>
  </Card>
);
