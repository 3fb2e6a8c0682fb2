/** The colour of a state, by its meaning. */
export type Kind = 'green' | 'yellow' | 'orange' | 'red' | 'unk' | 'blue' | 'vio' | 'accent';
/** The shape of a state. `glyphs.tsx` draws each of them. */
export type GlyphName =
  | 'ok' | 'oct' | 'clk' | 'hold' | 'tri' | 'back' | 'minus' | 'none' | 'run' | 'dot' | 'dia' | 'pen'; // prettier-ignore
