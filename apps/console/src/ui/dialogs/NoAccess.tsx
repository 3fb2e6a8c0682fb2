import type { ReactElement } from 'react';
import { useSession } from '../../api/session.js';
import { Card, Empty, Head } from '../parts.js';

type Missing = {
  /** The title of the card that would be shown. */
  readonly card: string;
  /** The missing scope, as a sentence without its full stop. */
  readonly missing: string;
};

/** A card that replaces content that the session may not read. */
export const NoAccessCard = ({ card, missing }: Missing): ReactElement => {
  const { data: session } = useSession();
  return (
    <Card title={card}>
      <Empty>
        <b>You cannot look here.</b> {missing}.{' '}
        {session === null || session === undefined ? null : (
          <span className="muted">It has {session.scopes.join(', ')}.</span>
        )}
      </Empty>
    </Card>
  );
};

/** A page that the session may not read: its heading and the missing scope. */
export const NoAccess = ({ title, ...missing }: Missing & { readonly title: string }): ReactElement => (
  <div>
    <Head title={title} />
    <NoAccessCard {...missing} />
  </div>
);
