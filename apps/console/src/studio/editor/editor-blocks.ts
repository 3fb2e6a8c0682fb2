import { Button } from '@mantine/core';
import { StateEffect, StateField, type Range } from '@codemirror/state';
import { Decoration, EditorView, WidgetType, type DecorationSet } from '@codemirror/view';
import { cx } from '../../ui/cx.js';
import css from '../studio.module.css';

/** A box below a line: the finding there, a request that shows it, and a button that fixes it. */
export type Block = {
  readonly key: string;
  readonly at: number;
  readonly severity: 'error' | 'warning' | 'info';
  readonly title: string;
  readonly message: string;
  readonly witness: string | undefined;
  readonly actions: readonly { readonly label: string; readonly act: () => void }[];
};
type Marked = {
  readonly chosen: { readonly from: number; readonly to: number } | undefined;
  readonly changedLines: readonly number[];
};

const kinds = { error: 'red', warning: 'yellow', info: 'blue' } as const;

const element = (name: string, className: string, text?: string): HTMLElement => {
  const made = document.createElement(name);
  if (className !== '') made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

class BlockWidget extends WidgetType {
  constructor(private readonly block: Block) {
    super();
  }

  override eq({ block }: BlockWidget): boolean {
    return (
      block.key === this.block.key &&
      block.message === this.block.message &&
      block.witness === this.block.witness
    );
  }

  override toDOM(): HTMLElement {
    const { severity, title, message, witness, actions } = this.block;
    const box = element('div', cx(css['message'], 'aside', `k-${kinds[severity]}`));
    const words = element('div', 'iso');
    words.append(element('b', '', `${title}. `), element('span', '', message));
    box.append(words);
    if (witness !== undefined) {
      const shown = element('div', cx(css['witness'], 'mono iso'), witness);
      shown.tabIndex = 0;
      shown.setAttribute('role', 'group');
      shown.setAttribute('aria-label', 'Example request');
      box.append(shown);
    }
    if (actions.length > 0) {
      const row = element('div', 'row wrap');
      for (const { label, act } of actions) {
        const button = element('button', `${Button.classes['root'] ?? ''} btn`, label);
        button.setAttribute('type', 'button');
        button.addEventListener('click', act);
        row.append(button);
      }
      box.append(row);
    }
    // The editor measures a block without its margins, so the space around it is padding.
    const place = element('div', '');
    place.style.padding = '3px 10px 6px 12px';
    place.append(box);
    return place;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

export const setBlocks = StateEffect.define<readonly Block[]>();
/** The findings below the lines that they refer to. */
export const blocks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (old, transaction) => {
    let now = old.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setBlocks)) continue;
      const { doc } = transaction.state;
      now = Decoration.set(
        effect.value
          .filter(({ at }) => at <= doc.length)
          .map((block) =>
            Decoration.widget({ widget: new BlockWidget(block), block: true, side: 1 }).range(
              doc.lineAt(block.at).to,
            ),
          ),
        true,
      );
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

export const setMarks = StateEffect.define<Marked>();
const inRule = Decoration.line({ class: 'cm-st-rule' });
const changed = Decoration.line({ class: 'cm-st-changed' });
/** Marks the lines of the selected rule and the changed lines. */
export const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (old, transaction) => {
    let now = old.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setMarks)) continue;
      const { doc } = transaction.state;
      const { chosen, changedLines } = effect.value;
      const lines: Range<Decoration>[] = [];
      if (chosen !== undefined && chosen.to <= doc.length)
        for (let line = doc.lineAt(chosen.from).number; line <= doc.lineAt(chosen.to).number; line += 1)
          lines.push(inRule.range(doc.line(line).from));
      for (const line of changedLines)
        if (line >= 1 && line <= doc.lines) lines.push(changed.range(doc.line(line).from));
      now = Decoration.set(lines, true);
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});
