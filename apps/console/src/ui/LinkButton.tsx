import { Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentProps, ReactElement } from 'react';

/** A link to another page that looks like a button. */
export const LinkButton = createLink(
  (props: ButtonProps & Omit<ComponentProps<'a'>, keyof ButtonProps>): ReactElement => (
    <Button component="a" {...props} />
  ),
);
