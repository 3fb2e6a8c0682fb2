import type { AnalysisDto, SubjectNameDto } from './analysis-answers.dto.js';
import { Injectable } from '@nestjs/common';
import { setImmediate as turn } from 'node:timers/promises';
import { ProblemError, refuseViolations } from '@interlock/kernel';
import type { Principal } from '@interlock/platform';
import {
  bundleIdOf,
  bundleViolations,
  normalBundle,
  Questions,
  readQuestions,
  schemaViolations,
  type Answer,
  type BundleInput,
  type RuleV1,
  type Schema,
} from '@interlock/policy';
import { BundlesService } from './bundles.service.js';
import { Catalogue } from '../policies/catalogue.js';
import { LintService } from './lint.service.js';
import { isVisible } from '../teams/visibility.js';

/**
 * The time limit in milliseconds for all questions of one request. Questions after it are answered
 * as undecided.
 */
const timeLimitMs = 5000;

const which: { readonly [name: string]: Schema } = {
  bundle: { type: 'object' },
  bundle_id: { type: 'string', maxLength: 64 },
  version: { type: 'string', maxLength: 16 },
};
const schema: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['questions'],
  properties: {
    ...which,
    other: { type: 'object', additionalProperties: false, properties: which },
    questions: { type: 'array' },
  },
};

type Named = {
  readonly bundle?: { readonly rules?: unknown };
  readonly bundle_id?: string;
  readonly version?: string;
};
type Body = Named & { readonly other?: Named; readonly questions: unknown };
type Subject = { readonly rules: readonly RuleV1[]; readonly named: SubjectNameDto };

/** Answers questions about bundles by exact analysis. */
@Injectable()
export class AnalysisService {
  constructor(
    private readonly bundles: BundlesService,
    private readonly catalogue: Catalogue,
    private readonly lints: LintService,
  ) {}

  /** Throws `validation-failed` naming every violation, `bundle-invalid`, `not-found`. */
  async analyse(tenantId: string, body: unknown, principal: Pick<Principal, 'teams'>): Promise<AnalysisDto> {
    refuseViolations(schemaViolations(schema, body), 'the request');
    const { other: otherNamed, questions: asked, ...named } = body as Body;
    const [catalogue, { invariants }] = await Promise.all([
      this.catalogue.fields(tenantId),
      this.lints.settings(tenantId),
    ]);
    const subject = await this.#subject(tenantId, named, principal, '');
    const other =
      otherNamed === undefined ? undefined : await this.#subject(tenantId, otherNamed, principal, '/other');
    const context = {
      rules: subject.rules,
      catalogue,
      invariants,
      ...(other === undefined ? {} : { other: other.rules }),
    };
    const { questions, violations } = readQuestions(asked, context);
    refuseViolations(violations, 'the request');
    const analysis = new Questions(context);
    const until = performance.now() + timeLimitMs;
    const answers: Answer[] = [];
    for (const question of questions) {
      // INVARIANT: other requests are served between two questions, however many there are.
      await turn();
      answers.push(
        performance.now() < until
          ? analysis.answer(question)
          : { kind: question.kind, answer: 'undecided', counter_example: null, witness: null },
      );
    }
    return { bundle: subject.named, other: other?.named ?? null, answers };
  }

  async #subject(
    tenantId: string,
    named: Named,
    principal: Pick<Principal, 'teams'>,
    at: string,
  ): Promise<Subject> {
    const given = (['bundle', 'bundle_id', 'version'] as const).filter(
      (member) => named[member] !== undefined,
    );
    if (given.length !== 1)
      refuseViolations(
        [
          {
            pointer: at === '' ? '' : at,
            code: 'one-of',
            detail: 'must have one of bundle, bundle_id and version',
          },
        ],
        'the request',
      );
    if (named.bundle !== undefined) {
      // A new draft may lack a version.
      const input = { version: '0.0.0', ...named.bundle };
      const violations = bundleViolations(input, await this.catalogue.fields(tenantId)).map((one) => ({
        ...one,
        pointer: `${at}/bundle${one.pointer}`,
      }));
      if (violations.length > 0)
        throw new ProblemError(
          'bundle-invalid',
          `the bundle has ${violations.length} ${violations.length === 1 ? 'fault' : 'faults'}`,
          { violations },
        );
      const { rules } = normalBundle(input as BundleInput);
      return { rules, named: { id: null, version: null } };
    }
    const id = named.bundle_id ?? bundleIdOf(tenantId, named.version!);
    const state = await this.bundles.present(tenantId, id);
    if (!isVisible(principal, state.team))
      throw new ProblemError(
        'not-found',
        `there is no bundle \`${(named.bundle_id ?? named.version!).slice(0, 64)}\``,
      );
    return { rules: state.content.rules, named: { id: state.bundle_id, version: state.content.version } };
  }
}
