/** The auditor's questions, in the order of docs/auditing.md. */
export const questionNames = [
  'approvals',
  'unapproved',
  'overrides',
  'rights',
  'access',
  'said',
  'decided',
] as const;
export type QuestionName = (typeof questionNames)[number];

/** The text of each question and the input that it needs. */
export const words: {
  readonly [name in QuestionName]: { readonly asks: string; readonly with: 'id' | 'month' | 'right' };
} = {
  approvals: { asks: 'Who approved it, and what had they seen?', with: 'id' },
  unapproved: { asks: 'What ran without an approval, and on what basis?', with: 'month' },
  overrides: { asks: 'Where did a person go past a guard?', with: 'month' },
  rights: { asks: 'Who could have decided?', with: 'right' },
  access: { asks: 'Who read and exported?', with: 'month' },
  said: { asks: 'What did the device, the handler or the tool say?', with: 'id' },
  decided: { asks: 'Which release, policy, twin and agent decided?', with: 'id' },
};

/** The texts of a question. `only` filters the rows by a text. */
export const questionTexts = ['id', 'month', 'scope', 'at', 'only'] as const;
/** A question as the address of the page stores it. */
export type QuestionSearch = { readonly q?: QuestionName | undefined } & {
  readonly [T in (typeof questionTexts)[number]]?: string | undefined;
};

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= 256 ? value : undefined;

/** Reads the question from an address and leaves out invalid members. */
export const questionIn = (search: { readonly [name: string]: unknown }): QuestionSearch => ({
  q: questionNames.find((name) => name === search['q']),
  ...Object.fromEntries(questionTexts.map((name) => [name, textOf(search[name])])),
});
