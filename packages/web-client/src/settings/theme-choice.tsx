import { words } from '../words.ts';
import { usePreference } from './preference.ts';
import { THEME } from './theme.ts';

/** Light, dark, or as the system has it. */
export function ThemeChoice() {
  const [theme, setTheme] = usePreference(THEME);
  return (
    <fieldset className="choice">
      <legend className="spoken-only">{words.settings.theme.title}</legend>
      {THEME.values.map((value) => (
        <label key={value} className="choice-item">
          <input type="radio" className="spoken-only" name="theme" value={value} checked={theme === value} onChange={() => setTheme(value)} />
          {words.settings.theme[value]}
        </label>
      ))}
    </fieldset>
  );
}
