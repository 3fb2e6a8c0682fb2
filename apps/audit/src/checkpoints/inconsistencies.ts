import { Inject, Injectable } from '@nestjs/common';
import { comparePositions, ProblemError, type Position } from '@interlock/kernel';
import { gaugeOf, newId, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { CheckpointLog } from './checkpoint-log.js';

/** What contradicts the tree: `source` is `log`, `tree`, or the mirror that shows it. */
export type Open = {
  readonly source: string;
  readonly size: number;
  readonly detail: string;
};
/** `saidAt`: where the log says it; null while it does not. */
type OpenInconsistency = Open & { saidAt: Position | null };

/**
 * What contradicts what was signed, as the log says it: every instance knows what one has found,
 * also after a restart. While there is any, nothing is signed.
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

  /** Takes note, and says it in the log unless that says it already. */
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
        'the inconsistency could not be said in the log',
      );
    }
  }

  /**
   * What a source shows agrees again, or it shows nothing any more; said in the log where that says
   * otherwise.
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
   * Takes over what the log said up to a position: what other instances found, and what is over.
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

  /**
   * Throws `tree-inconsistent` while anything contradicts the tree; `but` leaves out what some
   * sources say.
   */
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
