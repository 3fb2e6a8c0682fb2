import { Inject, Injectable } from '@nestjs/common';
import { comparePositions, ProblemError, type Position } from '@interlock/kernel';
import { gaugeOf, newId, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { CheckpointLog } from './checkpoint-log.js';

/**
 * A contradiction of the tree. `source` is `log`, `tree`, or the name of the mirror that shows it.
 */
export type Open = {
  readonly source: string;
  readonly size: number;
  readonly detail: string;
};
/** `saidAt` is the log position of the event that reports it; null until it is reported. */
type OpenInconsistency = Open & { saidAt: Position | null };

/**
 * The contradictions of the signed tree, as the log reports them. Every instance knows what another
 * one found, even after a restart. While there is any, nothing is signed.
 */
@Injectable()
export class Inconsistencies {
  readonly #found = new Map<string, OpenInconsistency>();

  constructor(
    private readonly log: CheckpointLog,
    @Inject(SERVICE_CONTEXT)
    private readonly context: Pick<ServiceContext, 'logger' | 'metrics' | 'service'>,
  ) {
    this.#show();
  }

  /** Notes a contradiction and reports it in the log, unless the log reports it already. */
  async found(source: string, size: number, detail: string): Promise<void> {
    const known = this.#found.get(source);
    const found: OpenInconsistency =
      known?.size === size && known.detail === detail ? known : { source, size, detail, saidAt: null };
    this.#found.set(source, found);
    this.#show();
    if (found.saidAt !== null) return;
    const { origin } = this.log;
    this.context.logger.error(
      { found_by: source, origin, tree_size: size, detail },
      'the log contradicts what was signed of it: nothing more is signed of the tree',
    );
    try {
      found.saidAt = (await this.log.write(newId(), {
        kind: 'report',
        data: { origin, tree_size: size, found_by: source, detail },
      })) ?? { commit: 0n, prepare: 0n };
    } catch (error) {
      this.context.logger.error(
        { err: error, found_by: source },
        'the inconsistency could not be recorded in the log',
      );
    }
  }

  /**
   * Closes a source's contradiction and records that in the log. The source agrees again, or shows
   * nothing any longer.
   */
  async resolved(source: string, detail: string): Promise<void> {
    if (!this.#found.has(source)) return;
    const { origin } = this.log;
    await this.log.write(newId(), { kind: 'resolve', data: { origin, found_by: source, detail } });
    this.#found.delete(source);
    this.#show();
    this.context.logger.warn(
      { found_by: source, origin, detail },
      'the log no longer contradicts what was signed of it',
    );
  }

  /**
   * Takes over the contradictions that the log reports up to a position, and drops those that are
   * over.
   */
  take(said: readonly Open[], upTo: Position | null): void {
    const open = new Map(said.map((one) => [one.source, one]));
    for (const [key, one] of open) {
      const known = this.#found.get(key);
      if (known === undefined) this.#found.set(key, { ...one, saidAt: { commit: 0n, prepare: 0n } });
    }
    for (const [key, { saidAt }] of this.#found) {
      if (!open.has(key) && saidAt !== null && upTo !== null && comparePositions(saidAt, upTo) <= 0)
        this.#found.delete(key);
    }
    this.#show();
  }

  all(): readonly Open[] {
    return [...this.#found.values()];
  }

  /** Throws `tree-inconsistent` while there is a contradiction. `but` names sources to ignore. */
  refuse(but: readonly string[] = []): void {
    const first = this.all().find(({ source }) => !but.includes(source));
    if (first === undefined) return;
    throw new ProblemError(
      'tree-inconsistent',
      `${this.log.origin} contradicts what was signed of it (${first.source}): ${first.detail}`,
      {
        members: { found_by: first.source, tree_size: first.size },
        remedy: 'find out which side was changed, as docs/auditing.md says, before anything is signed again',
      },
    );
  }

  #show(): void {
    gaugeOf(this.context.metrics, 'audit_tree_inconsistent').set(
      { service: this.context.service },
      this.#found.size,
    );
  }
}
