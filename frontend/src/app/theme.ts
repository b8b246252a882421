import './layers.css';
import '@mantine/core/styles/baseline.layer.css';
import '@mantine/core/styles/default-css-variables.layer.css';
import '@mantine/core/styles/UnstyledButton.layer.css';
import '@mantine/core/styles/Button.layer.css';
import '@mantine/core/styles/Input.layer.css';
import '@mantine/core/styles/Loader.layer.css';
import '@mantine/core/styles/Skeleton.layer.css';
import './theme.css';
import type { ButtonFactory, ExtendComponent, InputFactory, VariantColorsResolver } from '@mantine/core';
import { createTheme, defaultVariantColorsResolver } from '@mantine/core';

// All colours are our tokens, which know light and dark; a component's "color" chooses between accent (default), green, yellow and red.
const tokens: Record<string, [string, string]> = {
  green: ['--good', '--good-soft'],
  yellow: ['--warn', '--warn-soft'],
  red: ['--bad', '--bad-soft'],
};

const variantColorResolver: VariantColorsResolver = (input) => {
  const [strong, soft] = tokens[input.color ?? ''] ?? ['--accent', '--accent-soft'];
  const own = { border: '1px solid transparent', hoverColor: undefined };
  switch (input.variant) {
    case 'filled': {
      const on = strong === '--accent' ? 'var(--on-accent)' : 'var(--ground)';
      const hover = strong === '--accent' ? 'var(--accent-hover)' : `var(${strong})`;
      return { ...own, background: `var(${strong})`, hover, color: on };
    }
    case 'light':
      return { ...own, background: `var(${soft})`, hover: `var(${soft})`, color: `var(${strong})` };
    case 'outline':
      return { background: 'transparent', hover: `var(${soft})`, color: `var(${strong})`, border: `1px solid var(${strong})` };
    case 'subtle':
      return { ...own, background: 'transparent', hover: `var(${soft})`, color: `var(${strong})` };
    case 'default':
      return { background: 'var(--raised)', hover: 'var(--sunken)', color: 'var(--text)', border: '1px solid var(--edge)' };
    default:
      return defaultVariantColorsResolver(input);
  }
};

const comfortable = '2.75rem'; // 44 px, for fingers

// Plain objects rather than Input.extend and the like: a page without fields loads none.
const button: ExtendComponent<ButtonFactory> = {
  vars: (_, { size }) => ({ root: { '--button-height': size === 'xs' || size === 'compact-sm' ? '2rem' : comfortable } }),
};
const input: ExtendComponent<InputFactory> = {
  vars: () => ({ wrapper: { '--input-height': comfortable, '--input-fz': '1rem' } }),
};

export const theme = createTheme({
  primaryColor: 'pink',
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'inherit',
  headings: { fontFamily: 'inherit' },
  variantColorResolver,
  components: { Button: button, Input: input },
});
