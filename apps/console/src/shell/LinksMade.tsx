import { Button } from '@mantine/core';
import { useState, type ReactElement } from 'react';
import { useSession } from '../api/session.js';
import { Glyph } from '../ui/glyphs.js';
import { Time } from '../ui/parts.js';

const seenName = 'interlock.links-made-seen';

/**
 * Tells a person that somebody else had a sign-in link made for them, until they say in this
 * browser that they have seen it.
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
        Your sessions ended with it. Whoever opened the link signed in as you: if you did not ask for it, tell
        another administrator, and look at your sessions under Settings.
      </div>
      <Button
        onClick={() => {
          localStorage.setItem(seenName, newest.at);
          setSeen(newest.at);
        }}
      >
        I have seen it
      </Button>
    </div>
  );
};
