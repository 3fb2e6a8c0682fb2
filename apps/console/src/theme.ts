import {
  Button,
  Checkbox,
  createTheme,
  Input,
  Progress,
  Radio,
  Textarea,
  Tooltip,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from '@mantine/core';

/** Returns the page's nonce, which the edge inserts. Styles of libraries use it too. */
export const nonce = (): string =>
  document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';

// The accent colour of both themes. Our components take it from the tokens below.
const accent: MantineColorsTuple = [
  '#eef0fd',
  '#dfe3fb',
  '#c9d3fb',
  '#a9b4ff',
  '#8b9bff',
  '#6677ee',
  '#4f62e2',
  '#3b4fd8',
  '#3346c9',
  '#26359b',
];

/**
 * The look of a button: its background, its background under the pointer, its text colour and its
 * border.
 */
type Look = { readonly bg: string; readonly hover: string; readonly color: string; readonly border: string };
const redEdge = (share: number): string => `color-mix(in srgb, var(--red) ${share}%, var(--border))`;
const stopped: Look = {
  bg: 'var(--stop)',
  hover: 'var(--stop)',
  color: 'var(--stop-t)',
  border: 'var(--stop)',
};
const plain: Look = {
  bg: 'var(--surface)',
  hover: 'var(--hover)',
  color: 'var(--text)',
  border: 'var(--border)',
};
const looks: Readonly<Record<string, Look>> = {
  filled: { bg: 'var(--accent)', hover: 'var(--accent)', color: 'var(--accent-t)', border: 'var(--accent)' },
  light: {
    bg: 'var(--accent-bg)',
    hover: 'var(--accent-bg)',
    color: 'var(--accent)',
    border: 'var(--accent)',
  },
  chosen: {
    bg: 'var(--accent-bg)',
    hover: 'var(--accent-bg)',
    color: 'var(--accent)',
    border: 'var(--border)',
  },
  choice: { ...plain, color: 'var(--t2)' },
  subtle: { bg: 'none', hover: 'none', color: 'var(--t2)', border: 'transparent' },
  cell: { bg: 'transparent', hover: 'var(--hover)', color: 'var(--text)', border: 'transparent' },
  danger: { ...plain, color: 'var(--red-t)', border: redEdge(45) },
  stop: { ...plain, hover: stopped.bg, color: 'var(--red-t)', border: redEdge(60) },
  stopped,
};

/** Where tooltips, lists and menus are: within the main landmark, as all of a page's content. */
const floating = { target: '#floating' };

export const theme = createTheme({
  fontFamily: 'Inter Variable, Inter, system-ui, sans-serif',
  fontFamilyMonospace: 'JetBrains Mono Variable, JetBrains Mono, ui-monospace, monospace',
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  respectReducedMotion: true,
  colors: { accent },
  defaultRadius: 6,
  fontSizes: { xs: '11.5px', sm: '12.5px', md: '13px', lg: '15px', xl: '18px' },
  lineHeights: { md: '1.45' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '20px' },
  // The same limits as in styles/base.css: a phone ends at 760 pixels, a narrow window at 1080.
  breakpoints: { xs: '30em', sm: '47.5625em', md: '67.5625em', lg: '75em', xl: '90em' },
  components: {
    Modal: { defaultProps: { centered: false, radius: 10, transitionProps: { duration: 0 } } },
    Input: Input.extend({
      vars: (_theme, { variant, multiline }) => ({
        wrapper: {
          '--input-height': 'var(--btn)',
          '--input-padding': '8px',
          '--input-fz': multiline === true ? '1em' : '12.5px',
          ...(multiline === true ? { '--input-padding-y': '5px' } : {}),
          ...(variant === 'unstyled'
            ? {}
            : {
                '--input-bd': 'var(--ctl)',
                '--input-bg': 'var(--surface)',
                '--input-bd-focus': 'var(--ctl)',
              }),
        },
      }),
    }),
    InputWrapper: Input.Wrapper.extend({
      styles: {
        label: {
          fontFamily: 'var(--mantine-font-family)',
          fontSize: 12,
          fontWeight: 400,
          color: 'var(--t2)',
          marginBottom: 3,
        },
      },
    }),
    Popover: { defaultProps: { portalProps: floating } },
    Tooltip: Tooltip.extend({
      defaultProps: {
        portalProps: floating,
        events: { hover: true, focus: true, touch: true },
        interactive: true,
        multiline: true,
        maw: 'min(420px, 90vw)',
        transitionProps: { duration: 0 },
        styles: { tooltip: { overflowWrap: 'anywhere' } },
      },
      vars: () => ({ tooltip: { '--tooltip-bg': 'var(--text)', '--tooltip-color': 'var(--surface)' } }),
    }),
    Textarea: Textarea.extend({ defaultProps: { resize: 'vertical' } }),
    Checkbox: Checkbox.extend({ defaultProps: { size: 'xs' } }),
    Radio: Radio.extend({ defaultProps: { size: 'xs', color: 'var(--accent)' } }),
    Progress: Progress.extend({ defaultProps: { radius: 3 } }),
    Button: Button.extend({
      defaultProps: { variant: 'default', size: 'md' },
      classNames: { root: 'btn' },
      vars: (_theme, { variant, size }) => {
        const { bg, hover, color, border } = looks[variant ?? ''] ?? plain;
        return {
          root: {
            '--button-bg': bg,
            '--button-hover': hover,
            '--button-color': color,
            '--button-hover-color': variant === 'stop' ? stopped.color : color,
            '--button-bd': `1px solid ${border}`,
            '--button-fz': size === 'sm' || size === 'seg' ? '12px' : '1em',
          },
        };
      },
    }),
  },
});

/**
 * Mantine sets these in each colour scheme, so a variable for both schemes would have no effect.
 */
const inEach = {
  '--mantine-color-body': 'var(--surface)',
  '--mantine-color-text': 'var(--text)',
  '--mantine-color-default-border': 'var(--border)',
  '--mantine-color-dimmed': 'var(--t3)',
  '--mantine-color-error': 'var(--red-t)',
  '--mantine-color-placeholder': 'var(--t3)',
  '--mantine-color-disabled': 'var(--sunken)',
  '--mantine-color-disabled-color': 'var(--t3)',
  '--mantine-color-disabled-border': 'var(--line)',
};

/** Maps Mantine's variables to our tokens. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: inEach,
  // The background and the border of lists that open, and of notifications.
  dark: { ...inEach, '--mantine-color-dark-6': 'var(--surface)', '--mantine-color-dark-4': 'var(--border)' },
});
