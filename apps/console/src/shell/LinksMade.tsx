import { Button } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { useSession } from '../api/session.js';
import { Glyph } from '../ui/glyphs.js';
import { Time } from '../ui/parts.js';

const seenName = 'interlock.links-made-seen';

/**
 * Tells users that someone else had a sign-in link made for them, until they confirm it in this
 * browser.
 */
export const LinksMade = (): ReactElement | null => {
  const { data: session } = useSession();
  const [seen, setSeen] = useState(() => localStorage.getItem(seenName) ?? '');
  const newest = session?.links_made[0];
  if (newest === undefined || newest.at <= seen) return null;
  return (
    <div className="banner k-yellow" role="status">
      <Glyph name="oct" kind="yellow" size={18} />
      <div>
        <b>
          {newest.by} made a new sign-in link for you on <Time at={newest.at} zoned />.
        </b>{' '}
        Your sessions ended with it. Anyone who opened the link signed in as you. If you did not ask for it,
        tell another administrator and check your sessions under Settings.
      </div>
      <Button
        onClick={() => {
          localStorage.setItem(seenName, newest.at);
          setSeen(newest.at);
        }}
      >
        Dismiss
      </Button>
    </div>
  );
};
