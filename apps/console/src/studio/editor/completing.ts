import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';

/** The names that the editor suggests in a rule. */
export type Vocabulary = {
  readonly fields: readonly string[];
  readonly actions: readonly string[];
  readonly agents: readonly string[];
};

const fixed: { readonly [member: string]: readonly string[] } = {
  effect: ['allow', 'deny', 'needs_approval'],
  op: ['>=', '<=', '>', '<', '==', '!='],
};

/**
 * Returns the names that may complete the string before the cursor, by the member that it belongs
 * to.
 */
export const namesFor = (before: string, vocabulary: Vocabulary): readonly string[] | undefined => {
  const member = /"([a-z_]+)"\s*:\s*"[^"\n]*$/.exec(before)?.[1];
  switch (member) {
    case 'field':
      return vocabulary.fields;
    case 'action':
      return ['*', ...vocabulary.actions];
    case 'agent':
      return ['*', ...vocabulary.agents];
    default:
      return member === undefined ? undefined : fixed[member];
  }
};

/** Completes the names of fields, actions, agents, effects and operators inside their strings. */
export const completing =
  (vocabulary: () => Vocabulary) =>
  (context: CompletionContext): CompletionResult | null => {
    const line = context.state.doc.lineAt(context.pos);
    const before = context.state.sliceDoc(line.from, context.pos);
    const names = namesFor(before, vocabulary());
    const typed = /[^"\n]*$/.exec(before)?.[0] ?? '';
    if (names === undefined || names.length === 0) return null;
    return {
      from: context.pos - typed.length,
      options: names.map((label) => ({ label })),
      validFor: /^[^"\n]*$/,
    };
  };
