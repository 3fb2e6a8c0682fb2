import {
  schemaFaultText,
  type HandlerStep,
  type JsonObject,
  type JsonValue,
  type LeafChange,
  type Reason,
  type Violation,
} from '@interlock/contracts';
import { cutText } from '@interlock/kernel';
import { Ajv, type ValidateFunction } from 'ajv';

/** The answers that a tenant's handler may give, by step (docs/agents.md). */
export type HandlerAnswers = {
  readonly estimate_impact: {
    readonly affected_entity_count: number;
    readonly site_id?: string;
    readonly neighbours?: readonly string[];
    /** The KPIs that the call would change, each as `<kpi>:<entity>`. */
    readonly kpis?: readonly string[];
    readonly users_affected?: number;
  };
  readonly plan: {
    readonly diff?: readonly LeafChange[];
    /** Any text that changes when the entity that the call acts on has changed. */
    readonly fingerprint?: string;
    readonly reversible?: boolean;
    readonly violations?: readonly Reason[];
  };
  readonly apply: {
    readonly status: 'applied' | 'failed' | 'in_progress';
    readonly undo?: JsonValue;
    readonly reasons?: readonly Reason[];
  };
  readonly observe: {
    readonly before: { readonly [kpi: string]: number };
    readonly after: { readonly [kpi: string]: number };
    readonly samples?: number;
    readonly breaches?: readonly Reason[];
  };
  readonly confirm: { readonly status: 'confirmed' | 'failed'; readonly reasons?: readonly Reason[] };
  readonly undo: { readonly status: 'undone' | 'failed'; readonly reasons?: readonly Reason[] };
  readonly status: {
    readonly status: 'applied' | 'not_applied' | 'in_progress' | 'undone' | 'failed';
    readonly undo?: JsonValue;
    readonly reasons?: readonly Reason[];
  };
};

/** The longest answer that is read, in bytes. */
export const largestAnswer = 262_144;
/** The longest `undo` value in an answer to `apply`, in bytes. */
export const largestUndo = 32_768;

const text = (maxLength: number): JsonObject => ({ type: 'string', maxLength });
const reasons: JsonObject = {
  type: 'array',
  maxItems: 16,
  items: {
    type: 'object',
    required: ['code', 'detail'],
    additionalProperties: false,
    properties: { code: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,63}$' }, detail: text(256) },
  },
};
const kpis: JsonObject = {
  type: 'object',
  maxProperties: 32,
  propertyNames: { pattern: '^[a-z][a-z0-9_]{0,62}$' },
  additionalProperties: { type: 'number' },
};
const count: JsonObject = { type: 'integer', minimum: 0, maximum: 1_000_000_000 };
const answer = (required: readonly string[], properties: JsonObject): JsonObject => ({
  type: 'object',
  required,
  properties,
});
const status = (...values: readonly string[]): JsonObject => ({ enum: values });

const schemas: { readonly [step in HandlerStep]: JsonObject } = {
  estimate_impact: answer(['affected_entity_count'], {
    affected_entity_count: count,
    site_id: { type: 'string', pattern: '^[a-z0-9][a-z0-9_.-]{0,62}$' },
    neighbours: { type: 'array', maxItems: 1000, items: { type: 'string', minLength: 1, maxLength: 256 } },
    kpis: {
      type: 'array',
      maxItems: 256,
      items: { type: 'string', pattern: '^[a-z][a-z0-9_]{0,62}:.', maxLength: 320 },
    },
    users_affected: count,
  }),
  plan: answer([], {
    diff: {
      type: 'array',
      maxItems: 256,
      items: {
        type: 'object',
        required: ['path', 'before', 'after'],
        additionalProperties: false,
        properties: {
          path: text(512),
          before: { type: ['string', 'null'], maxLength: 1024 },
          after: { type: ['string', 'null'], maxLength: 1024 },
        },
      },
    },
    fingerprint: text(256),
    reversible: { type: 'boolean' },
    violations: reasons,
  }),
  apply: answer(['status'], { status: status('applied', 'failed', 'in_progress'), undo: {}, reasons }),
  observe: answer(['before', 'after'], {
    before: kpis,
    after: kpis,
    samples: { type: 'integer', minimum: 1, maximum: 100_000 },
    breaches: reasons,
  }),
  confirm: answer(['status'], { status: status('confirmed', 'failed'), reasons }),
  undo: answer(['status'], { status: status('undone', 'failed'), reasons }),
  status: answer(['status'], {
    status: status('applied', 'not_applied', 'in_progress', 'undone', 'failed'),
    undo: {},
    reasons,
  }),
};

const validators = new Map<HandlerStep, ValidateFunction>();
/**
 * Compiled when the first answer to the step arrives. Most programs that load this library read no
 * answers, and compiling takes longer than loading everything else.
 */
const validatorOf = (step: HandlerStep): ValidateFunction => {
  const known = validators.get(step);
  if (known !== undefined) return known;
  const validate = new Ajv({ allErrors: true, strict: false, validateFormats: false }).compile(schemas[step]);
  validators.set(step, validate);
  return validate;
};

/** An answer that does not match the schema of its step. */
export type UnfitAnswer = { readonly unfit: string };

const control = /\p{C}/gu;
const cleaned = (list: readonly Reason[] | undefined): readonly Reason[] =>
  (list ?? []).map(({ code, detail }) => ({
    code: `handler-${code}`,
    detail: `the handler says: ${detail.replace(control, ' ')}`,
  }));

const mostNamed = 8;
const longestNamed = 160;
/**
 * Returns the first eight faults of an answer as one text, with the number of the others. Each
 * fault is cut after 160 characters, because its pointer contains names that the handler chose.
 */
export const faultsInWords = (faults: readonly Pick<Violation, 'pointer' | 'detail'>[]): string => {
  const named = faults
    .slice(0, mostNamed)
    .map(({ pointer, detail }) =>
      cutText(`${pointer} ${detail}`.trim(), longestNamed).replace(control, ' ').toWellFormed(),
    );
  const more = faults.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
};

/** The reasons that a handler gave, marked as the handler's words. */
export const reasonsOfAnswer = ({
  reasons: given,
}: {
  readonly reasons?: readonly Reason[];
}): readonly Reason[] => cleaned(given);
/** Reasons from other fields, marked as the handler's words. */
export const markedReasons = cleaned;

/**
 * Parses the text of a handler's answer. A text that does not match the step's schema is refused,
 * and so is one that names another action than the request did.
 */
export const readAnswer = <S extends HandlerStep>(
  step: S,
  body: string,
  actionId?: JsonValue,
): HandlerAnswers[S] | UnfitAnswer => {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { unfit: 'the answer is not JSON' };
  }
  const validate = validatorOf(step);
  if (!validate(value)) {
    const faults = (validate.errors ?? []).map((fault) => ({
      pointer: fault.instancePath,
      detail: schemaFaultText(fault),
    }));
    return { unfit: `the answer does not fit the step \`${step}\`: ${faultsInWords(faults)}` };
  }
  const { undo, action_id: named } = value as { readonly undo?: JsonValue; readonly action_id?: JsonValue };
  if (undo !== undefined && JSON.stringify(undo).length > largestUndo)
    return { unfit: `what \`undo\` needs has more than ${largestUndo} characters` };
  if (typeof named === 'string' && typeof actionId === 'string' && named !== actionId)
    return {
      unfit: `the answer is for another action, ${faultsInWords([{ pointer: '', detail: `\`${named}\`` }])}`,
    };
  return value as HandlerAnswers[S];
};
