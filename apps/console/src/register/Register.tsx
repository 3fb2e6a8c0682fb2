import { Button } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';
import { Columns } from '../ui/tables/Columns.js';
import { Card } from '../ui/parts.js';
import { AutonomyHead } from '../autonomy/Nav.js';

/**
 * A page of registered items. The list and the button that registers another item are at the left;
 * the form and the selected item are at the right.
 */
export const Register = ({
  heading,
  title,
  adding,
  onAdding,
  list,
  children,
}: {
  readonly heading: string;
  readonly title: string;
  readonly adding: boolean;
  readonly onAdding: (adding: boolean) => void;
  readonly list: ReactNode;
  readonly children: ReactNode;
}): ReactElement => (
  <div>
    <AutonomyHead title={heading} />
    <Columns side={420}>
      <div>
        <Card
          title={title}
          right={
            <Button size="sm" aria-expanded={adding} onClick={() => onAdding(!adding)}>
              Register…
            </Button>
          }
        >
          {list}
        </Card>
      </div>
      <div>{children}</div>
    </Columns>
  </div>
);
