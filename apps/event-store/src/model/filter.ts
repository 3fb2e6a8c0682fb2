import { matchesLinear } from '@interlock/kernel/linear-pattern';

/** The events of `$all` that a reader wants, by stream name or by type. */
export type Filter = {
  readonly on: 'stream' | 'type';
  readonly by: { readonly prefixes: readonly string[] } | { readonly regex: string };
  /**
   * The number of events after which a subscription gets a checkpoint, whether they passed or not.
   */
  readonly checkpointEvery: number;
};

/** True if a name passes the filter. */
export function passes(filter: Filter, name: string): boolean {
  return 'regex' in filter.by
    ? matchesLinear(filter.by.regex, name)
    : filter.by.prefixes.some((prefix) => name.startsWith(prefix));
}
