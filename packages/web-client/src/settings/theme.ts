import { chosen, onChoice, type Preference } from './preference.ts';

/** The system's, unless another one is chosen. */
export const THEME: Preference<'system' | 'light' | 'dark'> = { key: 'parley.theme', values: ['system', 'light', 'dark'] };

/** Keeps the page in the chosen theme, in all tabs. Called once, before anything is shown. */
export function followTheme(): void {
  applyTheme();
  onChoice(applyTheme);
}

/** `data-theme` on the root, by which the style sheet goes; the browser's own frame gets the colour that belongs to it. */
function applyTheme(): void {
  const theme = chosen(THEME);
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = theme;
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')) {
    const scheme = theme === 'system' ? meta.dataset['scheme'] : theme;
    meta.content = document.querySelector<HTMLMetaElement>(`meta[name=theme-color][data-scheme=${scheme}]`)?.dataset['color'] ?? meta.content;
  }
}
