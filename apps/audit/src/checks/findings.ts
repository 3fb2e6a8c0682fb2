import type { AuditCheckAnswer, CheckFinding, CheckRange } from '@interlock/contracts';

const kept = 20;

/** Collects the findings of a check: the first few in full, and the number of all. */
export class Findings {
  readonly #first: CheckFinding[] = [];
  #failed = 0;
  checked = 0;

  get failed(): number {
    return this.#failed;
  }

  add(code: string, detail: string, position: string | null = null): void {
    this.#failed += 1;
    if (this.#first.length < kept) this.#first.push({ code, detail, position });
  }

  /** Adds the findings of another part of the same check. */
  take(other: Findings): void {
    this.checked += other.checked;
    this.#failed += other.#failed;
    this.#first.push(...other.#first.slice(0, kept - this.#first.length));
  }

  answer(range: CheckRange | null, passed: string): AuditCheckAnswer {
    const [first] = this.#first;
    return {
      passed: this.#failed === 0,
      checked: this.checked,
      failed: this.#failed,
      range,
      detail: first === undefined ? passed : first.detail,
      findings: this.#first,
    };
  }
}
