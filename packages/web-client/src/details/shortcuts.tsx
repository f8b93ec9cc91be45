import { words } from '../words.ts';

/** The keys that do something, for those who would rather not reach for the mouse. */
export function Shortcuts() {
  return (
    <section className="details-section">
      <h3>{words.details.shortcuts}</h3>
      <dl className="shortcuts">
        {words.details.keys.map(({ does, keys }) => (
          <div key={does}>
            <dt>{does}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
