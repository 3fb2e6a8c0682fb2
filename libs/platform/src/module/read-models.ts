import type { CheckFinding, CheckReadModelsAnswer, CheckReadModelsRequest } from '@interlock/contracts';
import { isCutAfter, type EventStore, cutText } from '@interlock/kernel';
import { verifyProjection, verifyProjectionShape, type Projection } from '@interlock/postgres';
import { Controller, Inject, type DynamicModule } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { IsIn, IsString, MaxLength, MinLength } from 'class-validator';

import type { ServiceContext } from '../base/context.js';
import { SERVICE_CONTEXT } from './platform-module.js';

const keptAnswers = 100;

type Owner = Pick<ServiceContext, 'database' | 'service' | 'logger'> & { readonly store: EventStore };

/**
 * Compares a service's read models with a new build from the log and the migrations. Every table
 * that differs is a finding. If events were cut, only the shape of the read model is compared;
 * `interlock projections verify`, which reads the archive, compares its rows.
 */
export const checkReadModels = async (
  { database: pool, service, logger, store }: Owner,
  projections: readonly Projection<unknown>[],
  kind: CheckReadModelsRequest['kind'],
): Promise<CheckReadModelsAnswer> => {
  const findings: CheckFinding[] = [];
  let checked = 0;
  for (const projection of projections) {
    const options = { pool, store, service, projection, logger };
    const name = `${service}/${projection.name}`;
    const isCut = kind === 'rows' && (await isCutAfter(store, null, projection.prefixes));
    if (isCut)
      logger.info(
        { projection: name },
        'rows are not compared: events were cut from the log, so run `interlock projections verify`',
      );
    if (kind === 'shape' || isCut) {
      const { tables, differing } = await verifyProjectionShape(options);
      checked += tables;
      for (const table of differing)
        findings.push({
          code: 'read-model-shape',
          detail: `table \`${table}\` of \`${name}\` is not as its migrations make it`,
          position: null,
        });
      continue;
    }
    const { tables } = await verifyProjection(options);
    for (const { table, rows, differing, first } of tables) {
      checked += rows + 1;
      if (differing > 0)
        findings.push({
          code: 'read-model-differs',
          detail: `table \`${table}\` of \`${name}\`: ${differing} ${differing === 1 ? 'row differs' : 'rows differ'} from a fresh replay, the first ${cutText(JSON.stringify(first[0]?.key ?? {}), 200)}`,
          position: null,
        });
    }
  }
  return { checked, findings };
};

class CheckReadModelsDto {
  @IsIn(['shape', 'rows']) kind!: 'shape' | 'rows';
  @IsString() @MinLength(1) @MaxLength(128) request_id!: string;
}

/** Lets audit check a service's read models over the bus. */
export const readModelsModule = (
  service: string,
  projections: readonly Projection<unknown>[],
): DynamicModule => {
  @Controller()
  class ReadModelsRpc {
    readonly #answers = new Map<string, Promise<CheckReadModelsAnswer>>();
    #turn: Promise<unknown> = Promise.resolve();
    readonly #context: ServiceContext;

    constructor(@Inject(SERVICE_CONTEXT) context: ServiceContext) {
      this.#context = context;
    }

    @MessagePattern({ rpc: `${service}.check_read_models` })
    check(@Payload() { kind, request_id: id }: CheckReadModelsDto): Promise<CheckReadModelsAnswer> {
      const known = this.#answers.get(id);
      if (known !== undefined) return known;
      // Read models are compared one at a time.
      const answer = this.#turn.then(() => checkReadModels(this.#context, projections, kind));
      this.#turn = answer.catch(() => undefined);
      this.#answers.set(id, answer);
      answer.catch(() => this.#answers.delete(id));
      if (this.#answers.size > keptAnswers) {
        const [oldest] = this.#answers.keys();
        if (oldest !== undefined) this.#answers.delete(oldest);
      }
      return answer;
    }
  }
  class ReadModelsModule {}
  return { module: ReadModelsModule, controllers: [ReadModelsRpc] };
};
