/**
 * Content to be written: its bytes, from the beginning at each call, their number, and their
 * SHA-256 in hex.
 */
export type Content = {
  readonly open: () => AsyncIterable<Uint8Array>;
  readonly bytes: number;
  readonly sha256: string;
};

/**
 * The storage of an archive. Names are paths with slashes. Every method throws
 * `archive-unavailable`, with a remedy, if the store fails.
 */
export interface ArchiveStore {
  /** Its location as a URL, without credentials. */
  readonly location: string;
  /**
   * Writes a file whole and permanently, or not at all. Returns `exists` and changes nothing if a
   * file of that name exists.
   */
  create(name: string, content: Content): Promise<'written' | 'exists'>;
  /** Writes a file whole and replaces an existing one. */
  replace(name: string, content: Content): Promise<void>;
  /** A file's bytes; null if there is none. Later failures are thrown by the iteration. */
  read(name: string): Promise<AsyncIterable<Uint8Array> | null>;
  /** The names of files with this prefix, in ascending order. */
  list(prefix: string): AsyncIterable<string>;
  /** Removes the remains of interrupted writes. Only the archive's single writer may call it. */
  sweep(): Promise<void>;
  close(): void;
}
