import { DirectionProvider, MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { directionOf } from '../lib/i18n';
import { theme } from './theme';

const noRoot = () => undefined; // lib/scheme marks the document

/** Mantine without the style elements that it would write into the page: the content security policy allows none. */
export const Look = ({ children }: { children: ReactNode }) => {
  const { i18n } = useTranslation();
  const direction = directionOf(i18n.language);
  return (
    <DirectionProvider key={direction} initialDirection={direction} detectDirection={false}>
      <MantineProvider theme={theme} withCssVariables={false} withGlobalClasses={false} getRootElement={noRoot}>
        {children}
      </MantineProvider>
    </DirectionProvider>
  );
};
