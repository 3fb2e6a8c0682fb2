/** A state's colour, by what it means. */
export type Kind = 'green' | 'yellow' | 'orange' | 'red' | 'unk' | 'blue' | 'vio' | 'accent';
/** A state's shape: `glyphs.tsx` draws each. */
export type GlyphName =
  | 'ok' | 'oct' | 'clk' | 'hold' | 'tri' | 'back' | 'minus' | 'none' | 'run' | 'dot' | 'dia' | 'pen'; // prettier-ignore
