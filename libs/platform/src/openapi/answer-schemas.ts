import { ApiResponse, type OpenAPIObject } from '@nestjs/swagger';

type Schema = { readonly [member: string]: unknown };

/** The schemas that `tools/answers.mjs` derives from the types of a service's answers. */
export type AnswerSchemas = {
  /** The schemas by controller and method, and by status. `''` is the route's own status. */
  readonly operations: { readonly [operation: string]: { readonly [status: string]: Schema } };
  /** The named types of the service. */
  readonly schemas: { readonly [name: string]: Schema };
};

/** The schemas of a service whose routes declare their answers themselves. */
export const noAnswers: AnswerSchemas = { operations: {}, schemas: {} };

/**
 * Declares the type of a route's answer with one status, if the method's own type does not show it.
 * Without a status, it is the route's own.
 */
// The build reads the type from the source, because types do not exist at run time.
export const Answers = <_Answer extends object>(status?: number): MethodDecorator =>
  status === undefined ? () => undefined : ApiResponse({ status });

type Operation = {
  readonly operationId: string;
  readonly responses: { readonly [status: string]: { content?: object } };
};

/** Adds the answers of each operation to a document, with the schemas that they use. */
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
  // The class of a body precedes its type, because the class also has rules.
  const schemas = { ...answers.schemas, ...document.components?.schemas };
  document.components = { ...document.components, schemas: schemas as never };
};
