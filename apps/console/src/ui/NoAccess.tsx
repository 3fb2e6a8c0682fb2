import type { ReactElement } from 'react';
import { Card, Empty, Head } from './parts.js';

type Missing = {
  /** The title of the card that the page would show. */
  readonly card: string;
  /** The scope that is missing, as a sentence without its full stop. */
  readonly missing: string;
};

/** The card of what the session may not read. */
export const NoAccessCard = ({ card, missing }: Missing): ReactElement => (
  <Card title={card}>
    <Empty>
      <b>You cannot look here.</b> {missing}.
    </Empty>
  </Card>
);

/** A page that the session may not read: its heading, and the scope that is missing. */
export const NoAccess = ({ title, ...missing }: Missing & { readonly title: string }): ReactElement => (
  <div>
    <Head title={title} />
    <NoAccessCard {...missing} />
  </div>
);
