import type { ReactElement } from 'react';
import { changeSettings, settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { Dialog } from '../ui/Dialog.js';

const keys: readonly (readonly [string, string])[] = [
  [
    'g then o p a t i u r d e',
    'Overview, approvals, actions, alerts, policies, autonomy, posture, devices, audit',
  ],
  ['j k', 'Next, previous row'],
  ['Enter', 'Open'],
  ['.', 'Show what is new in a list that was held'],
  ['a c e r x', 'To approve, confirm, extend, reject, cancel: moves the focus there, sends nothing'],
  ['Ctrl Enter', 'Send what has the focus'],
  ['z', 'UTC or this browser’s zone'],
  ['Shift D', 'Light or dark'],
  ['Shift S', 'Stop'],
  ['?', 'This list'],
];

export const KeysDialog = ({
  opened,
  onClose,
}: {
  readonly opened: boolean;
  readonly onClose: () => void;
}): ReactElement => {
  const now = useStore(settings);
  return (
    <Dialog opened={opened} onClose={onClose} title="Keys and settings" size={480}>
      <dl className="kv">
        {keys.map(([key, what]) => (
          <div key={key} style={{ display: 'contents' }}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <div className="row wrap" style={{ marginTop: 14 }}>
        <button
          type="button"
          className="btn"
          aria-pressed={now.keys}
          onClick={() => {
            changeSettings({ keys: !now.keys });
          }}
        >
          Single keys {now.keys ? 'on' : 'off'}
        </button>
        <button
          type="button"
          className="btn"
          aria-pressed={now.density === 'comfortable'}
          onClick={() => {
            changeSettings({ density: now.density === 'compact' ? 'comfortable' : 'compact' });
          }}
        >
          Comfortable rows {now.density === 'comfortable' ? 'on' : 'off'}
        </button>
      </div>
    </Dialog>
  );
};
