import type { QuestionFold } from './answer.js';
import { approvalsFold } from './approvals.js';
import { decidedFold } from './decided.js';
import type { Period } from './period.js';
import { accessFold, overridesFold, recordedCategories } from './record-lists.js';
import { rightsFold, type RightsAsked } from './rights.js';
import { answersFold } from './said.js';
import { unapprovedFold } from './unapproved.js';

/** The parameters of a question: a subject's id, a period, or a scope and a time. */
export type Asked = Period & RightsAsked;
type Question = {
  readonly about: string;
  /** The categories of all events that the answer may need. */
  readonly categories: readonly string[];
  /** True if it is about one action, plan, bundle or change request. */
  readonly subject: boolean;
  readonly fold: (asked: Asked) => QuestionFold;
};

const idOf = ({ id = '' }: Asked): { readonly id: string } => ({ id });

/** The auditor's questions. */
export const questions = {
  approvals: {
    about: 'who approved an action, plan, bundle or change request, and what they had been shown',
    categories: ['action', 'bundle', 'change', 'kill_switch', 'plan'],
    subject: true,
    fold: (asked) => approvalsFold(idOf(asked)),
  },
  unapproved: {
    about: 'what ran without the approval of a person, and on what basis',
    categories: ['action'],
    subject: false,
    fold: unapprovedFold,
  },
  overrides: {
    about: 'where a person went past a guard: releases, bypasses, break-glass, forced steps',
    categories: recordedCategories('override'),
    subject: false,
    fold: overridesFold,
  },
  rights: {
    about: 'who could have decided: the rights of people at that time',
    categories: ['action', 'bundle', 'change', 'person', 'plan'],
    subject: false,
    fold: rightsFold,
  },
  access: {
    about: 'who read and exported, and what was refused',
    categories: recordedCategories('access'),
    subject: false,
    fold: accessFold,
  },
  said: {
    about: 'what the device, the handler or the tool said about an action',
    categories: ['action', 'call', 'device_tx', 'mcp_call', 'response'],
    subject: true,
    fold: (asked) => answersFold(idOf(asked)),
  },
  decided: {
    about: 'which release, policy, twin and agent decided an action',
    categories: ['action'],
    subject: true,
    fold: (asked) => decidedFold(idOf(asked)),
  },
} as const satisfies { readonly [name: string]: Question };

export type QuestionName = keyof typeof questions;
