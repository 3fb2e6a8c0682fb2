type ShownSlice = {
  readonly slice_id: string;
  readonly policies: readonly string[];
  readonly five_qis: readonly number[] | null;
};

/**
 * Returns the cells of a device's answer as a request has them: without `slices` and `five_qis`
 * where the answer has null.
 */
export const requestedCells = <C extends { readonly slices: readonly ShownSlice[] | null }>(
  cells: readonly C[],
) =>
  cells.map(({ slices, ...cell }) => ({
    ...cell,
    ...(slices === null
      ? {}
      : {
          slices: slices.map(({ five_qis: known, ...slice }) => ({
            ...slice,
            ...(known === null ? {} : { five_qis: known }),
          })),
        }),
  }));
