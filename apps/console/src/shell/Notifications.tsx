import { Notification } from '@mantine/core';
import { useEffect, useState, type ReactElement } from 'react';
import { dismiss, notifications, type Notification as Shown } from '../state/notifications.js';
import { useStore } from '../state/store.js';

/** A notification closes after this time in milliseconds, but never under the pointer or focus. */
const closesMs = 8000;

const Item = ({ id, text }: Shown): ReactElement => {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(() => dismiss(id), closesMs);
    return () => clearTimeout(timer);
  }, [id, held]);
  const hold = { onMouseEnter: () => setHeld(true), onMouseLeave: () => setHeld(false) };
  return (
    <Notification
      {...hold}
      role="presentation"
      withBorder
      className="long iso"
      closeButtonProps={{ 'aria-label': 'Close the notification' }}
      onFocus={hold.onMouseEnter}
      onBlur={hold.onMouseLeave}
      onClose={() => dismiss(id)}
    >
      {text}
    </Notification>
  );
};

/** The results of the user's actions, in a live region that is always in the page. */
export const Notifications = (): ReactElement => (
  <div className="notifications" role="status" aria-label="Notifications">
    {useStore(notifications).map((one) => (
      <Item key={one.id} {...one} />
    ))}
  </div>
);
