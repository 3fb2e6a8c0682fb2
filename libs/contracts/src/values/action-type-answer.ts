import type { ActionTypeV1, HandlerEndpoint } from './intent.js';

/**
 * The handler of an action type in an answer: the service and the name that it answers to, and the
 * way to call it. `built_in` is a handler of Interlock itself.
 */
export type AnsweredHandler = { readonly service: string; readonly name: string } & (
  { readonly kind: 'built_in' } | HandlerEndpoint
);

/**
 * An action type as the API answers it, with the names of a registration, so that an answer can be
 * sent back as one.
 */
export type AnsweredActionType = Omit<ActionTypeV1, 'parameters_schema' | 'min_confidence' | 'handler'> & {
  readonly parameters: ActionTypeV1['parameters_schema'];
  readonly confidence_threshold?: number;
  readonly handler: AnsweredHandler | null;
};

/** The members that only answers have. A registration ignores them. */
export const answeredOnly = [
  'action_type',
  'version',
  'impact_fields',
  'duration_parameter',
  'built_in',
  'retired',
  'revision',
  'position',
  'registered_at',
  'content_hash',
] as const;

/** Returns a catalogue entry as the API answers it. */
export const answeredActionType = ({
  parameters_schema: parameters,
  min_confidence: confidence,
  handler,
  ...entry
}: ActionTypeV1): AnsweredActionType => ({
  ...entry,
  parameters,
  ...(confidence === undefined ? {} : { confidence_threshold: confidence }),
  handler:
    handler === null
      ? null
      : {
          service: handler.service,
          name: handler.name,
          ...(handler.endpoint ?? { kind: 'built_in' as const }),
        },
});

/** Returns the catalogue entry of an answer, which `answeredActionType` made. */
export const answeredEntry = ({
  parameters,
  confidence_threshold: confidence,
  handler,
  ...entry
}: AnsweredActionType): ActionTypeV1 => {
  const shown = {
    ...entry,
    parameters_schema: parameters,
    ...(confidence === undefined ? {} : { min_confidence: confidence }),
  };
  if (handler === null) return { ...shown, handler };
  const { service, name, ...endpoint } = handler;
  return {
    ...shown,
    handler: endpoint.kind === 'built_in' ? { service, name } : { service, name, endpoint },
  };
};
