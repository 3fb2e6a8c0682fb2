import { ApiResponse, type OpenAPIObject } from '@nestjs/swagger';

type Schema = { readonly [member: string]: unknown };

/** What `tools/answers.mjs` reads from the types of a service's answers. */
export type AnswerSchemas = {
  /** By controller and method, and by status; `''` is the status that the route has. */
  readonly operations: { readonly [operation: string]: { readonly [status: string]: Schema } };
  /** The types that the service names. */
  readonly schemas: { readonly [name: string]: Schema };
};

/** Of a service whose routes say themselves what they answer. */
export const noAnswers: AnswerSchemas = { operations: {}, schemas: {} };

/**
 * The type that a route answers with one status, where the method's own type does not tell it.
 * Without a status it is the route's own.
 */
// The build reads the type from the source: at run time there is none.
export const Answers = <_Answer extends object>(status?: number): MethodDecorator =>
  status === undefined ? () => undefined : ApiResponse({ status });

type Operation = {
  readonly operationId: string;
  readonly responses: { readonly [status: string]: { content?: object } };
};

/** Adds what each operation answers to a document, with the schemas that it refers to. */
export const declareAnswers = (document: OpenAPIObject, service: string, answers: AnswerSchemas): void => {
  const prefix = `${service.replaceAll('-', '_')}_`;
  for (const item of Object.values(document.paths))
    for (const { operationId, responses } of Object.values(item as { [method: string]: Operation })) {
      const own = answers.operations[operationId.slice(prefix.length)] ?? {};
      const plain = Object.keys(responses).filter(
        (status) => status.startsWith('2') && own[status] === undefined,
      );
      for (const [status, schema] of Object.entries(own)) {
        const response = responses[status === '' ? plain[0]! : status]!;
        response.content = { 'application/json': { schema } };
      }
    }
  // The class of a body has its rules too: it says more than its type.
  const schemas = { ...answers.schemas, ...document.components?.schemas };
  document.components = { ...document.components, schemas: schemas as never };
};
