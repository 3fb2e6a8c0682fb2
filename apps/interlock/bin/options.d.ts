export type Options = {
  readonly home: string;
  readonly port: number;
  readonly demo: boolean;
  readonly processes: boolean;
  /** How many processes share the services if `processes` is false: 1, 2 or 3. */
  readonly workers: number;
  /** Whether to open the browser at `ready`. */
  readonly open: boolean;
  /** Whether to print new invitations to the console. */
  readonly invite: boolean;
  readonly help: boolean;
};

/** The text of `--help`. */
export declare const usage: string;

/**
 * Reads `--home`, `--port`, `--no-demo`, `--processes`, `--workers`, `--open`, `--invite` and
 * `--help`. The environment gives the first two if they are absent. Throws a plain sentence.
 */
export declare const readOptions: (
  args: readonly string[],
  environment: { readonly [name: string]: string | undefined },
  cwd: string,
) => Options;
