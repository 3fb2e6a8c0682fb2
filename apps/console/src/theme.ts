import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

/** The page's nonce, which the edge put into it; styles of libraries carry it too. */
export const nonce = (): string =>
  document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';

// The accent of both themes; what components really use comes from our own tokens below.
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

export const theme = createTheme({
  fontFamily: 'Inter Variable, Inter, system-ui, sans-serif',
  fontFamilyMonospace: 'JetBrains Mono Variable, JetBrains Mono, ui-monospace, monospace',
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  colors: { accent },
  defaultRadius: 6,
  fontSizes: { xs: '11.5px', sm: '12.5px', md: '13px', lg: '15px', xl: '18px' },
  lineHeights: { md: '1.45' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '20px' },
  components: { Modal: { defaultProps: { centered: false, radius: 10, transitionProps: { duration: 0 } } } },
});

/** Mantine's variables are our tokens, once. */
export const variables: CSSVariablesResolver = () => ({
  variables: {
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-text': 'var(--text)',
    '--mantine-color-default-border': 'var(--border)',
    '--mantine-color-dimmed': 'var(--t3)',
  },
  light: {},
  dark: {},
});
