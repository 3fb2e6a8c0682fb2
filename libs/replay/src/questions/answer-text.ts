import { printable } from '@interlock/kernel';
import type { Answer } from './log-question.js';

const factLines = (name: string, value: string | readonly string[]): readonly string[] =>
  typeof value === 'string'
    ? [`    ${name}: ${value}`]
    : [`    ${name}:`, ...value.map((line) => `      ${line}`)];

/** An answer as text: a summary, each item with its event, and what is missing. */
export const answerText = ({ summary, items, missing, notes, events }: Answer): string =>
  [
    summary,
    ...items.flatMap(({ at, actor, title, facts, event }) => [
      '',
      `  ${at}  ${title}`,
      `    by ${actor}; ${event.type}, ${event.stream} revision ${event.revision}, position ${event.position}`,
      ...Object.entries(facts).flatMap(([name, value]) => factLines(name, value)),
    ]),
    '',
    `from ${events} events`,
    ...(missing.length === 0 ? [] : ['not in what was read:', ...missing.map((one) => `- ${one}`)]),
    ...(notes.length === 0 ? [] : ['notes:', ...notes.map((one) => `- ${one}`)]),
  ]
    .map((line) => `${printable(line)}\n`)
    .join('');
