import { words } from '../words.ts';
import { useWaiting } from './use-waiting.ts';

/** Placeholder of content that is being loaded: nothing at first, then grey lines, then words. */
export function Skeleton({ lines }: { readonly lines: number }) {
  const waiting = useWaiting();
  if (waiting === 'briefly') return null;
  return (
    <div className="skeleton">
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} className="skeleton-line" />
      ))}
      <span className={waiting === 'long' ? 'quiet' : 'spoken-only'}>{waiting === 'long' ? words.stillLoading : words.loading}</span>
    </div>
  );
}
