import type { Action } from '../api/types.js';
import { plainValue } from '../format.js';
import { affectedOf } from './words.js';

/**
 * A figure that a gate compared with a limit: its value (`is`) and the condition that it had to
 * meet.
 */
export type Limit = {
  readonly gate: string;
  readonly figure: string;
  readonly is: unknown;
  readonly op: string;
  readonly value: unknown;
  readonly by?: string | undefined;
};

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;

/**
 * The negation of each operator. A deny rule matched because all its conditions hold, so negating
 * any one of them would have let the action through.
 */
const opposite: { readonly [op: string]: string } = {
  '>': '<=',
  '>=': '<',
  '<': '>=',
  '<=': '>',
  '==': '!=',
  '!=': '==',
  in: 'not in',
  'not in': 'in',
};
const condition = /^(\S+) (>=|<=|==|!=|>|<|not in|in) (.+)$/;

const readValue = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

type Judged = Pick<Action, 'automatic_if' | 'gates' | 'parameters' | 'affected_entity_count' | 'state'>;

/** Returns the value of a field of the intent by the name that policies use. */
const fieldOf = (action: Judged, field: string): unknown =>
  field.startsWith('parameters.')
    ? field
        .slice('parameters.'.length)
        .split('.')
        .reduce<unknown>((at, name) => member(at, name), action.parameters)
    : member(action, field);

const ofRules = (action: Judged): readonly Limit[] =>
  action.gates
    .filter(({ gate, verdict }) => gate === 'policy' && verdict === 'fail')
    .flatMap(({ gate, reasons }) =>
      reasons.flatMap((reason) => {
        const when: unknown = member(reason, 'when');
        if (reason.code !== 'denied-by-rule' && reason.code !== 'denied-by-policy') return [];
        return (Array.isArray(when) ? when : []).flatMap((text): Limit[] => {
          const [, field = '', op = '', value = ''] = condition.exec(String(text)) ?? [];
          const turned = opposite[op];
          const by = member(reason, 'rule_id') ?? member(reason, 'policy_id');
          return turned === undefined
            ? []
            : [
                {
                  gate,
                  figure: field,
                  is: fieldOf(action, field) ?? null,
                  op: turned,
                  value: readValue(value),
                  by: typeof by === 'string' ? by : undefined,
                },
              ];
        });
      }),
    );

const ofBlast = (action: Judged): readonly Limit[] =>
  action.gates
    .filter(({ gate, verdict }) => gate === 'blast_radius' && verdict === 'fail')
    .map(({ gate, saw }) => ({
      gate,
      figure: 'affected entities',
      is: affectedOf(saw) ?? action.affected_entity_count,
      op: '<=',
      value: member(saw, 'policies_limit') ?? member(saw, 'default_limit'),
    }));

/**
 * Returns the limits that an action missed. Meeting them would have made it automatic or, if it was
 * denied, let it through. Pure.
 */
export const limitsOf = (action: Judged): readonly Limit[] => [
  ...action.automatic_if.map(({ gate, figure, is, automatic: { op, value }, by }) => ({
    gate,
    figure,
    is,
    op,
    value,
    by,
  })),
  ...(action.state === 'DENIED' ? [...ofRules(action), ...ofBlast(action)] : []),
];

const signs: { readonly [op: string]: string } = {
  '<=': '≤',
  '>=': '≥',
  '==': '',
  '!=': 'not',
  in: 'one of',
};

/** Returns the condition in words, for example `needs ≤ 42`. */
export const needText = ({ op, value }: Pick<Limit, 'op' | 'value'>): string =>
  `needs ${signs[op] ?? op} ${Array.isArray(value) ? value.map((one) => plainValue(one)).join(', ') : plainValue(value)}`.replace(
    /\s+/g,
    ' ',
  );
