// Prose in code is at most 100 columns wide, also where its comment shares a line with code.
// Prettier sees to the width of code, and breaks no text.
const width = 100;
/** Directives, tags with their types, a line of code alone and addresses are not wrapped. */
const unwrapped = /^[\s*]*(?:eslint|prettier-|@|`[^`]*`$)|https?:\/\//;

export const proseWidth = {
  meta: { type: 'layout', messages: { wide: 'a comment ends at column {{column}}: wrap it at 100' } },
  create: (context) => ({
    Program() {
      for (const { loc, value } of context.sourceCode.getAllComments()) {
        for (const [at, text] of value.split('\n').entries()) {
          const line = loc.start.line + at;
          const column = line === loc.end.line ? loc.end.column : context.sourceCode.lines[line - 1].length;
          if (column > width && !unwrapped.test(text))
            context.report({ loc: { line, column: 0 }, messageId: 'wide', data: { column: String(column) } });
        }
      }
    },
  }),
};
