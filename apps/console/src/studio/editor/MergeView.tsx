import { json } from '@codemirror/lang-json';
import { MergeView as Merge } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { useEffect, useRef, type ReactElement } from 'react';
import { nonce } from '../../theme.js';
import { cols } from '../../ui/tables/Columns.js';
import css from '../studio.module.css';

const look = EditorView.theme({
  '&': { fontSize: '12px', color: 'var(--text)', backgroundColor: 'var(--surface)' },
  '.cm-scroller': {
    fontFamily: '"JetBrains Mono Variable", ui-monospace, monospace',
    lineHeight: '19px',
    fontVariantLigatures: 'none',
  },
  '.cm-collapsedLines': { color: 'var(--t2)', background: 'var(--sunken)' },
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: '""' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--t3)', border: '0' },
  '&.cm-merge-a .cm-changedLine': { backgroundColor: 'var(--del)' },
  '&.cm-merge-b .cm-changedLine': { backgroundColor: 'var(--add)' },
  '&.cm-merge-a .cm-changedText, &.cm-merge-b .cm-changedText': {
    background: 'none',
    textDecoration: 'underline',
  },
});

type MergeViewProps = {
  readonly before: string;
  readonly after: string;
  readonly names: readonly [string, string];
};
/** Two texts side by side, read only. */
export const MergeView = ({ before, after, names }: MergeViewProps): ReactElement => {
  const place = useRef<HTMLDivElement>(null);
  const [left, right] = names;
  useEffect(() => {
    const parent = place.current;
    if (parent === null) return undefined;
    const side = (doc: string, name: string) => ({
      doc,
      extensions: [
        EditorView.cspNonce.of(nonce()),
        lineNumbers(),
        json(),
        look,
        EditorView.lineWrapping,
        EditorState.readOnly.of(true),
        EditorView.contentAttributes.of({ 'aria-label': name, tabindex: '0' }),
      ],
    });
    const merge = new Merge({
      a: side(before, left),
      b: side(after, right),
      parent,
      collapseUnchanged: { margin: 3, minSize: 6 },
      gutter: true,
    });
    return () => merge.destroy();
  }, [before, after, left, right]);
  return (
    <div>
      <div
        className="grid xs muted bb"
        style={{ ...cols('1fr 1fr', { phone: '1fr', gap: 0 }), padding: '6px 12px' }}
      >
        <span className="iso">{left}</span>
        <span className="iso">{right}</span>
      </div>
      <div ref={place} className={css['merge']} />
    </div>
  );
};
