import { useState, type ReactElement, type ReactNode } from 'react';
import { shortId } from '../format.js';
import { Glyph } from '../ui/glyphs.js';
import { Act, Problem, Time } from '../ui/parts.js';
import { cx } from '../ui/cx.js';
import css from './signature.module.css';

/** What waits for a person's signature: it is read first, then signed, bound to its digest. */
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
  /** Why it cannot be signed now. */
  readonly off: string | undefined;
  /** What the button says that signs. */
  readonly sign: string;
  readonly onSign: () => void;
  /** What is proposed, and what it rests on. */
  readonly children: ReactNode;
  /** What stands before the button. */
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
          <Act
            variant="filled"
            off={off}
            sending={send.isPending}
            onAct={() => {
              if (sure) onSign();
              setSure(!sure);
            }}
          >
            {sure ? sign : 'Review and sign…'}
          </Act>
        </div>
        {send.isError ? <Problem error={send.error} what="nothing was signed" /> : null}
      </div>
    </section>
  );
};
