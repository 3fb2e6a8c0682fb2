import { autocompletion, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics } from '@codemirror/lint';
import { Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef, type ReactElement } from 'react';
import { nonce } from '../../theme.js';
import { completing, type Vocabulary } from './completing.js';
import { blocks, marks, setBlocks, setMarks, type Block } from './editor-blocks.js';
import { changeBetween } from './text.js';
import css from '../studio.module.css';

/** A mark in the editor: an underline with a glyph in the gutter. */
export type Mark = {
  readonly from: number;
  readonly to: number;
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
};
/** The keys that work in the editor as they do outside it. */
type EditorKeys = {
  readonly save: () => void;
  readonly simulate: () => void;
  readonly next: () => void;
  readonly fix: () => void;
};

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--key)' },
  { tag: tags.string, color: 'var(--str)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--num)' },
  { tag: [tags.punctuation, tags.separator, tags.bracket], color: 'var(--t3)' },
]);
const mono = '"JetBrains Mono Variable", "JetBrains Mono", ui-monospace, monospace';
const look = EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'var(--surface)', fontSize: '12px', height: '100%' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: mono, lineHeight: '19px', fontVariantLigatures: 'none' },
  '.cm-content': { caretColor: 'var(--text)', padding: '6px 0', minWidth: '0' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--t3)', border: '0', fontSize: '11px' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--accent-bg) 45%, transparent)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection':
    { backgroundColor: 'var(--band)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--accent-bg)',
    outline: '1px solid var(--accent)',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface)',
    color: 'var(--text)',
    border: '1px solid var(--border)',
    borderRadius: '6px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    backgroundColor: 'var(--accent-bg)',
    color: 'var(--accent)',
  },
  '.cm-st-rule': { backgroundColor: 'color-mix(in srgb, var(--accent-bg) 60%, transparent)' },
  '.cm-st-changed': { boxShadow: 'inset 3px 0 0 var(--yellow)' },
});

export type EditorProps = {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly onCursor: (offset: number) => void;
  readonly findings: readonly Mark[];
  readonly shown: readonly Block[];
  /** The rule that is selected, as offsets. */
  readonly chosen: { readonly from: number; readonly to: number } | undefined;
  /** The lines that differ from the saved bundle, counted from 1. */
  readonly changedLines: readonly number[];
  /**
   * The editor scrolls there whenever this changes. `turn` distinguishes two visits to the same
   * place.
   */
  readonly reveal: { readonly at: number; readonly turn: number } | undefined;
  readonly readOnly: boolean;
  readonly vocabulary: Vocabulary;
  readonly keys: EditorKeys;
  /** The accessible name of the text. */
  readonly label?: string;
};

/** A CodeMirror editor for JSON. A form may edit the same text. */
export const JsonEditor = ({
  text,
  onText,
  onCursor,
  findings,
  shown,
  chosen,
  changedLines,
  reveal,
  readOnly,
  vocabulary,
  keys,
  label = 'Bundle as JSON',
}: EditorProps): ReactElement => {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | undefined>(undefined);
  const now = useRef({ onText, onCursor, vocabulary, keys });
  now.current = { onText, onCursor, vocabulary, keys };
  const editable = useRef(new Compartment());
  const first = useRef({ text, readOnly, label });

  useEffect(() => {
    const parent = place.current;
    if (parent === null) return undefined;
    const bound = (key: string, work: (keys: EditorKeys) => void): { key: string; run: () => boolean } => ({
      key,
      run: () => {
        work(now.current.keys);
        return true;
      },
    });
    const extensions: Extension[] = [
      EditorView.cspNonce.of(nonce()),
      keymap.of([
        bound('Mod-s', ({ save }) => save()),
        bound('Mod-Enter', ({ simulate }) => simulate()),
        bound('F8', ({ next }) => next()),
        bound('Mod-.', ({ fix }) => fix()),
      ]),
      lineNumbers(),
      lintGutter(),
      history(),
      indentOnInput(),
      bracketMatching(),
      highlightActiveLine(),
      json(),
      syntaxHighlighting(colours),
      autocompletion({ override: [completing(() => now.current.vocabulary)], activateOnTyping: true }),
      keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
      blocks,
      marks,
      look,
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({
        'aria-label': first.current.label,
        spellcheck: 'false',
        tabindex: '0',
      }),
      editable.current.of(EditorState.readOnly.of(first.current.readOnly)),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) now.current.onText(update.state.doc.toString());
        if (update.selectionSet || update.docChanged) now.current.onCursor(update.state.selection.main.head);
      }),
    ];
    const made = new EditorView({
      parent,
      state: EditorState.create({ doc: first.current.text, extensions }),
    });
    view.current = made;
    return () => {
      made.destroy();
      view.current = undefined;
    };
  }, []);

  // Text from the form is applied as the smallest change, which keeps the selection and the
  // history.
  useEffect(() => {
    const change =
      view.current === undefined ? undefined : changeBetween(view.current.state.doc.toString(), text);
    if (change !== undefined) view.current?.dispatch({ changes: change });
  }, [text]);
  useEffect(() => {
    view.current?.dispatch({
      effects: editable.current.reconfigure(EditorState.readOnly.of(readOnly)),
    });
  }, [readOnly]);
  useEffect(() => {
    const { current } = view;
    if (current === undefined) return;
    const { length } = current.state.doc;
    current.dispatch(
      setDiagnostics(
        current.state,
        findings
          .filter(({ from }) => from <= length)
          .map(({ from, to, severity, message }) => ({ from, to: Math.min(to, length), severity, message })),
      ),
    );
  }, [findings, text]);
  useEffect(() => view.current?.dispatch({ effects: setBlocks.of(shown) }), [shown, text]);
  useEffect(
    () => view.current?.dispatch({ effects: setMarks.of({ chosen, changedLines }) }),
    [chosen, changedLines, text],
  );
  useEffect(() => {
    const { current } = view;
    if (current === undefined || reveal === undefined) return;
    const at = Math.min(reveal.at, current.state.doc.length);
    current.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
    current.focus();
  }, [reveal]);

  return <div ref={place} className={css['text']} />;
};
