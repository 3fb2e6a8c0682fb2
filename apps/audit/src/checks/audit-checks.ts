import type { AuditCheckAnswer, AuditCheckRequest, CheckKind, CheckRange } from '@interlock/contracts';
import { isProblem, type EventStore } from '@interlock/kernel';
import { RpcClient } from '@interlock/jetstream';
import { EVENT_STORE, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import { ArchivedLog, ARCHIVED, type Archived } from '../archive/archived-log.js';
import { Trees } from '../tree/trees.js';
import { checkArchive } from './archive-check.js';
import { Findings } from './findings.js';
import { checkAllReadModels } from './read-model-check.js';
import { checkSchemas } from './schema-check.js';
import { checkTree, isDamage } from './tree-check.js';

/** The number of leaves, and of events, that count as recent. */
const recentLeaves = 5000;
const recentEvents = 2000;
const lightLeaves = 512;
const lightEvents = 200;
const keptAnswers = 200;

/** Checks the data that audit keeps. A repeated request gets the check that it started. */
@Injectable()
export class AuditChecks {
  readonly #answers = new Map<string, Promise<AuditCheckAnswer>>();

  constructor(
    private readonly trees: Trees,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly log: ArchivedLog,
    @Inject(ARCHIVED) private readonly archived: Archived | null,
    @Inject(RpcClient) private readonly rpc: Pick<RpcClient, 'call'>,
    @Inject(SERVICE_CONTEXT) private readonly context: ServiceContext,
  ) {}

  /**
   * Runs a check, or returns the one that the same request started. Throws `not-current` while the
   * tree is being built, and the errors of the log and the archive. In these cases the check has
   * neither passed nor failed.
   */
  check({ kind, request_id: requestId }: AuditCheckRequest): Promise<AuditCheckAnswer> {
    const known = this.#answers.get(requestId);
    if (known !== undefined) return known;
    const answer = this.#check(kind, requestId);
    this.#answers.set(requestId, answer);
    answer.catch(() => this.#answers.delete(requestId));
    if (this.#answers.size > keptAnswers) {
      const [oldest] = this.#answers.keys();
      if (oldest !== undefined) this.#answers.delete(oldest);
    }
    return answer;
  }

  async #check(kind: CheckKind, requestId: string): Promise<AuditCheckAnswer> {
    const found = new Findings();
    let range: CheckRange | null = null;
    try {
      range = await this.#look(kind, requestId, found);
    } catch (error) {
      // If the log answers but cannot be read, somebody has changed it.
      if (!isDamage(error) || !isProblem(error)) throw error;
      found.checked += 1;
      found.add(error.code, error.detail);
    }
    return found.answer(range, this.#passed(kind, found.checked));
  }

  async #look(kind: CheckKind, requestId: string, found: Findings): Promise<CheckRange | null> {
    const { trees, store, log } = this;
    switch (kind) {
      case 'integrity_check':
        return checkTree({ trees, log }, recentLeaves, found);
      case 'full_integrity_check': {
        const range = await checkTree({ trees, log }, null, found);
        await this.#readModels('rows', requestId, found);
        return range;
      }
      case 'schema_validation': {
        const range = await checkSchemas(store, recentEvents, found);
        await this.#readModels('shape', requestId, found);
        return range;
      }
      case 'cold_storage_verification':
        return this.archived === null ? null : checkArchive(this.archived, store, found);
      case 'light': {
        const range = await checkTree({ trees, log }, lightLeaves, found);
        await checkSchemas(store, lightEvents, found);
        return range;
      }
    }
  }

  #readModels(kind: 'shape' | 'rows', requestId: string, found: Findings): Promise<void> {
    const { rpc, context, log } = this;
    return checkAllReadModels({ rpc, context, log }, { kind, request_id: requestId }, found);
  }

  #passed(kind: CheckKind, checked: number): string {
    if (kind === 'cold_storage_verification' && this.archived === null) return 'no archive is configured';
    return `${checked} things are as they were recorded`;
  }
}
