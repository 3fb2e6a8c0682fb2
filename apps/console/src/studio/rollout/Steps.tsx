import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import type { GlyphName, Kind } from '../../ui/glyphs.js';
import { Glyph } from '../../ui/glyphs.js';
import { stepsOfBundle, type StepName, type StepsInput } from './step-words.js';
import { cx } from '../../ui/cx.js';
import css from '../studio.module.css';

const look: {
  readonly [state: string]: { readonly kind: Kind; readonly glyph: GlyphName; readonly word: string };
} = {
  done: { kind: 'green', glyph: 'ok', word: 'done' },
  warn: { kind: 'yellow', glyph: 'tri', word: 'has findings' },
  bad: { kind: 'red', glyph: 'oct', word: 'stops here' },
  runs: { kind: 'blue', glyph: 'run', word: 'under way' },
  open: { kind: 'unk', glyph: 'none', word: 'not reached' },
};
const linked: { readonly [N in StepName]?: string } = {
  Edit: 'edit',
  Lint: 'lint',
  Simulate: 'simulate',
  'Canary 10 %': 'rollout',
};

type StepsProps = {
  readonly input: StepsInput;
  readonly bundle: string;
  readonly current: string;
};
/** The seven steps from a draft to the active bundle, each with its state. */
export const Steps = ({ input, bundle, current }: StepsProps): ReactElement => (
  <ol className={cx('card', css['steps'])} tabIndex={0} aria-label="Steps of this bundle">
    {stepsOfBundle(input).map(({ name, state, detail }) => {
      const { kind, glyph, word } = look[state] ?? { kind: 'unk', glyph: 'none', word: state };
      const step = linked[name];
      const here = step === current;
      const body = (
        <>
          <Glyph name={glyph} kind={kind} size={15} />
          <span>
            <b>{name}</b>
            <br />
            <span className="iso xs muted">{detail}</span>
            <span className="vh">, {word}</span>
          </span>
        </>
      );
      return (
        <li key={name} className="row" aria-current={here ? 'step' : undefined}>
          {step === undefined ? (
            body
          ) : (
            <Link className="row" to="/studio/$bundle/$step" params={{ bundle, step }}>
              {body}
            </Link>
          )}
        </li>
      );
    })}
  </ol>
);
