/**
 * What is to be written: its bytes, from the beginning at each call, how many there are, and their
 * SHA-256 in hex.
 */
export type Content = {
  readonly open: () => AsyncIterable<Uint8Array>;
  readonly bytes: number;
  readonly sha256: string;
};

/**
 * Where an archive lies. Names are paths with slashes below it. Every method throws
 * `archive-unavailable`, with a remedy, where the store does not do as it is told.
 */
export interface ArchiveStore {
  /** Its place as a URL, without credentials. */
  readonly location: string;
  /**
   * Writes a file whole and for good, or not at all; `exists` where one of that name is there,
   * which is left as it is.
   */
  create(name: string, content: Content): Promise<'written' | 'exists'>;
  /** Writes a file whole, in place of the one that may be there. */
  replace(name: string, content: Content): Promise<void>;
  /** A file's bytes; null where there is none. What fails later fails in the iteration. */
  read(name: string): Promise<AsyncIterable<Uint8Array> | null>;
  /** Names of files that begin so, in ascending order. */
  list(prefix: string): AsyncIterable<string>;
  /**
   * Removes what writes that were cut short have left behind. Only for whoever is the one that
   * writes.
   */
  sweep(): Promise<void>;
  close(): void;
}
