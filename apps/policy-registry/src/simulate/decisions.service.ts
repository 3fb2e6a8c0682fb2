import { Inject, Injectable } from '@nestjs/common';
import { positionText, refuseViolations, type EventStore } from '@interlock/kernel';
import { EVENT_STORE, nowText } from '@interlock/platform';
import { ColumnsWriter, fieldsLookedAt, recordedDownload } from '@interlock/policy';
import { Catalogue } from '../policies/catalogue.js';
import type { RecordedDecisionsDto } from './decisions-answers.dto.js';
import { rangeOf } from './range.js';
import { EvaluationsRunner } from '../runners.js';
import { RecordedEvaluations } from './recorded-evaluations.js';
import type { RecordedDecisionsQuery } from './simulate.dto.js';
import type { Caller } from './simulate.service.js';
import { Slices } from './slices.js';
import { TenantRules } from './tenant-rules.js';

const usualMs = 86_400_000;

/**
 * Recorded decisions to be evaluated elsewhere, each reduced to the fields that certain rules use.
 */
@Injectable()
export class DecisionsService {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly evaluations: EvaluationsRunner,
    private readonly catalogue: Catalogue,
    private readonly tenant: TenantRules,
  ) {}

  /**
   * The newest decisions of a range (default: the last day) that the caller may see. Throws
   * `validation-failed` naming every undeclared field.
   */
  async columns(
    { tenantId, teams, position }: Caller,
    query: RecordedDecisionsQuery,
  ): Promise<RecordedDecisionsDto> {
    const fields = await this.#fields(tenantId, query.fields);
    const now = nowText();
    const range = rangeOf(
      {
        ...(query.from === undefined ? {} : { from: query.from }),
        ...(query.to === undefined ? {} : { to: query.to }),
        max_evaluations: query.max_evaluations ?? recordedDownload.usual,
      },
      now,
      recordedDownload.usual,
      { pointer: '/query', lengthMs: usualMs },
    );
    const policies = await this.tenant.activePolicies(tenantId, position);
    const until = (await this.store.head()) ?? { commit: 0n, prepare: 0n };
    const evaluations = new RecordedEvaluations(
      this.evaluations,
      tenantId,
      { ...range, until },
      await this.tenant.visible(tenantId, teams),
    );
    const writer = new ColumnsWriter(
      [...new Set([...fields, ...fieldsLookedAt([], policies)])].sort(),
      range.from,
    );
    const slices = new Slices();
    let full = false;
    for await (const evaluation of evaluations) {
      if (!writer.add(evaluation)) {
        full = true;
        break;
      }
      await slices.turn();
    }
    return {
      from: range.from,
      to: range.to,
      position: positionText(until),
      capped: full || evaluations.capped,
      ...writer.columns(),
      policies,
    };
  }

  async #fields(tenantId: string, asked: string | undefined): Promise<readonly string[]> {
    const fields = [...new Set((asked ?? '').split(',').filter((field) => field !== ''))];
    if (fields.length > recordedDownload.fields)
      refuseViolations(
        [{ pointer: '/query/fields', detail: `must name at most ${recordedDownload.fields} fields` }],
        'the query',
      );
    const declared = await this.catalogue.fields(tenantId);
    refuseViolations(
      fields
        .filter((field) => declared.typesOf(field, ['*']).size === 0)
        .map((field) => ({
          pointer: '/query/fields',
          code: 'unknown-field',
          detail: `no field \`${field.slice(0, 64)}\` is declared`,
        })),
      'the query',
    );
    return fields;
  }
}
