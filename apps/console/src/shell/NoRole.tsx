import { roles } from '@interlock/contracts';
import type { ReactElement } from 'react';
import { useSession } from '../api/session.js';
import { Glyph } from '../ui/glyphs.js';

/** Tells users that their roles at the identity provider allow nothing here. */
export const NoRole = (): ReactElement | null => {
  const { data: session } = useSession();
  if (session === undefined || session === null || session.scopes.length > 0) return null;
  return (
    <div className="banner k-yellow" role="status">
      <Glyph name="tri" kind="yellow" size={18} />
      <div>
        <b>You are signed in, but you have no role here.</b> An administrator of the identity provider can
        give you one of these: <span className="mono">{roles.join(', ')}</span>. Then sign in again.
      </div>
    </div>
  );
};
