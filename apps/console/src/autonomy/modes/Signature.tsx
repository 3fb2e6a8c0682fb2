import { useState, type ReactElement, type ReactNode } from 'react';
import { shortId } from '../../format.js';
import { Glyph } from '../../ui/glyphs.js';
import { ActionButton, Problem, Time } from '../../ui/parts.js';
import { cx } from '../../ui/cx.js';
import css from './signature.module.css';

/**
 * A change that waits for a person's signature. The person reads it first. The signature is bound
 * to its digest.
 */
export const Signature = ({
  label,
  title,
  at,
  digest,
  send,
  off,
  sign,
  onSign,
  children,
  beside = <span className="grow hide-m" />,
}: {
  readonly label: string;
  readonly title: string;
  readonly at: string;
  readonly digest: string;
  readonly send: {
    readonly isPending: boolean;
    readonly isError: boolean;
    readonly error: Error | null;
  };
  /** Why it cannot be signed now; undefined if it can. */
  readonly off: string | undefined;
  /** The label of the button that signs. */
  readonly sign: string;
  readonly onSign: () => void;
  /** The proposal and its evidence. */
  readonly children: ReactNode;
  /** The content beside the button that signs. */
  readonly beside?: ReactNode;
}): ReactElement => {
  const [sure, setSure] = useState(false);
  return (
    <section className="card" aria-label={label}>
      <header className="k-yellow">
        <Glyph name="hold" kind="yellow" size={15} />
        <h2>{title}</h2>
        <span className="r">
          since <Time at={at} zoned />
        </span>
      </header>
      <div className="b fm">
        {children}
        {sure ? (
          <p className="t2">
            Your signature is bound to digest <b className="mono">{shortId(digest)}</b>.
          </p>
        ) : null}
        <div className={cx(css['buttons'], 'row')}>
          {beside}
          <ActionButton
            variant="filled"
            off={off}
            sending={send.isPending}
            onAct={() => {
              if (sure) onSign();
              setSure(!sure);
            }}
          >
            {sure ? sign : 'Review and sign…'}
          </ActionButton>
        </div>
        {send.isError ? <Problem error={send.error} what="nothing was signed" /> : null}
      </div>
    </section>
  );
};
