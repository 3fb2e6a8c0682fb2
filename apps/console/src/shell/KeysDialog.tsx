import { Button, SimpleGrid } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { changeSettings, settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { Dialog } from '../ui/dialogs/Dialog.js';
import { keyList } from './key-list.js';

type KeysDialogProps = {
  readonly opened: boolean;
  readonly onClose: () => void;
  /** The pages with the letter that opens each after `g`. */
  readonly pages: readonly { readonly key: string; readonly label: string }[];
};
export const KeysDialog = ({ opened, onClose, pages }: KeysDialogProps): ReactElement => {
  const now = useStore(settings);
  const groups: typeof keyList = [
    ...keyList,
    ['Pages', pages.map(({ key, label }) => [`g ${key}`, label] as const)],
  ];
  return (
    <Dialog opened={opened} onClose={onClose} title="Keys" size={640}>
      <SimpleGrid minColWidth={250} autoFlow="auto-fit" spacing={20} verticalSpacing={14}>
        {groups.map(([name, keys]) => (
          <section key={name} aria-label={name}>
            <h3 className="sm t2" style={{ marginBottom: 4 }}>
              {name}
            </h3>
            <dl className="kv">
              {keys.map(([key, what]) => (
                <div key={`${key}${what}`} style={{ display: 'contents' }}>
                  <dt className="nw">
                    {key.split(' ').map((part) => (
                      <kbd key={part}>{part}</kbd>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </SimpleGrid>
      <div className="row wrap" style={{ marginTop: 14 }}>
        <Button
          variant={now.keys ? 'light' : 'default'}
          aria-pressed={now.keys}
          onClick={() => changeSettings({ keys: !now.keys })}
        >
          Single keys {now.keys ? 'on' : 'off'}
        </Button>
        <Button
          variant={now.density === 'comfortable' ? 'light' : 'default'}
          aria-pressed={now.density === 'comfortable'}
          onClick={() => changeSettings({ density: now.density === 'compact' ? 'comfortable' : 'compact' })}
        >
          Comfortable rows {now.density === 'comfortable' ? 'on' : 'off'}
        </Button>
        <Link className="ml" to="/settings" onClick={onClose}>
          All settings and keys
        </Link>
      </div>
    </Dialog>
  );
};
