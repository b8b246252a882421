/** The colours that the map is painted with, as the page's tokens are at the moment. */
export interface Palette {
  ground: string;
  text: string;
  quiet: string;
  edge: string;
  accent: string;
  tier: string;
  onTier: string;
  /** High contrast: shapes are outlined, and nothing is told by shades. */
  plain: boolean;
}

const forced: Palette = {
  ground: 'Canvas',
  text: 'CanvasText',
  quiet: 'GrayText',
  edge: 'CanvasText',
  accent: 'Highlight',
  tier: 'LinkText',
  onTier: 'Canvas',
  plain: true,
};

const media = (query: string) => window.matchMedia(query);

/** Reads the tokens as they apply to an element; a canvas understands no variables. */
export const readPalette = (host: HTMLElement): Palette => {
  if (media('(forced-colors: active)').matches) return forced;
  const probe = document.createElement('i');
  probe.hidden = true;
  host.append(probe);
  const read = (token: string) => {
    probe.style.color = `var(${token})`;
    return getComputedStyle(probe).color || 'black';
  };
  const more = media('(prefers-contrast: more)').matches;
  const palette: Palette = {
    ground: read('--raised'),
    text: read('--text'),
    quiet: read(more ? '--text' : '--quiet'),
    edge: read(more ? '--text' : '--edge'),
    accent: read('--accent'),
    tier: read('--tier'),
    onTier: read('--on-tier'),
    plain: false,
  };
  probe.remove();
  return palette;
};

/** Tells when colours may have changed: another scheme, or another contrast. */
export const onPalette = (tell: () => void): (() => void) => {
  const scheme = new MutationObserver(tell);
  scheme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-mantine-color-scheme'] });
  const queries = ['(forced-colors: active)', '(prefers-contrast: more)', '(prefers-color-scheme: dark)'].map(media);
  for (const query of queries) query.addEventListener('change', tell);
  return () => {
    scheme.disconnect();
    for (const query of queries) query.removeEventListener('change', tell);
  };
};
