import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

/**
 * A text that several processes change: each version is a file of its own, `FILE.1`, `FILE.2` and
 * so on, and `FILE` itself is what was there before the first. A version is made whole or not at
 * all, and by one process alone, so that whoever read an older one has to read again; there is no
 * lock that a process could die with.
 */
export class VersionedFile {
  /**
   * `kept`: so many of the newest versions, two or more, for whoever reads one while the next ones
   * are written.
   */
  constructor(
    private readonly file: string,
    private readonly kept = 16,
  ) {}

  /** Whether there is any version. */
  get exists(): boolean {
    return existsSync(this.file) || this.newest() > 0;
  }

  #name(version: number): string {
    return version === 0 ? this.file : `${this.file}.${version}`;
  }

  #versions(): readonly number[] {
    const prefix = `${basename(this.file)}.`;
    try {
      return readdirSync(dirname(this.file))
        .filter((name) => name.startsWith(prefix) && /^[1-9]\d{0,14}$/.test(name.slice(prefix.length)))
        .map((name) => Number(name.slice(prefix.length)))
        .sort((a, b) => a - b);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  /** The number of the newest version; 0 where there is none but the first. */
  newest(): number {
    return this.#versions().at(-1) ?? 0;
  }

  /** The newest version; its text is undefined where there was none ever. */
  read(): { readonly version: number; readonly text: string | undefined } {
    for (let last = -1; ;) {
      const version = this.newest();
      try {
        return { version, text: readFileSync(this.#name(version), 'utf8') };
      } catch (error) {
        // It was dropped between the two looks, which only a newer one can have brought about.
        if (codeOf(error) !== 'ENOENT' || version === last) throw error;
        if (version === 0) return { version, text: undefined };
        last = version;
      }
    }
  }

  /**
   * Makes the version after the one that was read; false where another process made that meanwhile.
   */
  add(after: number, text: string): boolean {
    const draft = `${this.file}.${randomUUID()}.tmp`;
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true });
    try {
      linkSync(draft, this.#name(after + 1));
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(draft, { force: true });
    }
    // INVARIANT: old versions are dropped in their order, so that while the one before is there
    // nobody can have made and dropped this one already; the first has none before it.
    const isNext = after === 0 ? this.newest() === 1 : existsSync(this.#name(after));
    if (!isNext) {
      rmSync(this.#name(after + 1), { force: true });
      return false;
    }
    for (const old of this.#versions().filter((version) => version <= after + 1 - this.kept))
      rmSync(this.#name(old), { force: true });
    return true;
  }
}
